"""Whoever merges: an undo brings back every row exactly, and keeps what came later."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from crm.kernel.transactions import unit_of_work
from crm.usecases.merging import merge_customers
from crm.usecases.unmerging import plan_undo, undo_merge
from customers.models import (
    Channel,
    Customer,
    Identifier,
    MergeJournalRow,
    Profile,
    ProfileIdentifier,
    SearchKey,
    Subscription,
    SubscriptionChange,
)
from customers.operations.indexing import index_again
from customers.operations.registering import register_customers
from customers.rules.registration import ProfileEntry, Registration
from loyalty.models import (
    CouponRedemption,
    Effect,
    PartnerMembership,
    PartnerProgram,
    PointsTransfer,
    TierChange,
)
from loyalty.operations.posting import post_movements
from loyalty.operations.sweeping import expire_points, mature_points
from loyalty.operations.transacting import enter_transactions
from loyalty.operations.transferring import Transfer, transfer_points_of_many
from loyalty.queries.verifying import find_breaks
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_origin,
    make_profile,
    make_program,
    the_source_account,
)
from tests.card_builders import make_card, make_card_series, make_coupon, make_coupon_series
from tests.crm.dumping import dump_rows

DAY = timedelta(days=1)
PLACES = [("INSTORE", ""), ("WECHAT", "a"), ("WEBSITE", "")]
VALUES = st.sampled_from(["", "x", "é"])
FIELDS = st.dictionaries(
    st.sampled_from(["size", "colour", "list"]), st.sampled_from([1, "M", None, ["a", 2.5]])
)
CHANNELS = st.lists(
    st.tuples(st.sampled_from(["email", "line"]), st.sampled_from(["a", "b"]), st.booleans()),
    max_size=3,
    unique_by=lambda c: c[:2],
)
PROFILES = st.dictionaries(
    st.integers(0, len(PLACES) - 1), st.tuples(VALUES, FIELDS, CHANNELS), min_size=1
)
CONSENT = st.dictionaries(
    st.tuples(st.sampled_from(["SMS", "EMAIL"]), st.integers(0, 1)),
    st.sampled_from(["OPTIN", "OPTOUT"]),
)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["AWARD", "PROMOTIONAL", "GOODWILL", "REDEEM", "ADJUST"]),
        st.decimals("0.001", "900", places=3),
        st.integers(1, 9),
    ),
    max_size=3,
)
PERSON = st.fixed_dictionaries(
    {
        "loyalty_type": st.sampled_from(["LOYALTY", "NON_LOYALTY"]),
        "fraud_status": st.sampled_from(["NOT_FRAUD", "INTERNAL"]),
        "extended_fields": FIELDS,
        "profiles": PROFILES,
        "consent": CONSENT,
        # The program's place, and what happened in it.
        "programs": st.dictionaries(st.integers(0, 1), st.tuples(st.integers(1, 3), MOVES)),
        "partners": st.sets(st.integers(0, 1)),
        "bills": st.integers(0, 2),
        "cards": st.integers(0, 2),
        "coupons": st.lists(st.booleans(), max_size=2),
        "effect": st.booleans(),
        "transfer": st.booleans(),
    }
)
UNHURRIED = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class World:
    """Programs, series and people as drawn; everything happened through the ledger."""

    def __init__(self):
        self.numbers = 0
        self.accounts = [the_source_account(*place) for place in PLACES]
        self.programs = [
            make_program(
                is_default=n == 0,
                delay_days=3 * n,
                thresholds=(0, 300, 900),
                tiers={"earn_rate": 1},
            )
            for n in range(2)
        ]
        self.partners = [
            PartnerProgram.objects.create(org=p.org, program=self.programs[0], name=str(n))
            for n, p in enumerate(self.programs)
        ]
        self.card_series, self.coupon_series = make_card_series(), make_coupon_series()
        self.friend = make_customer()
        make_enrollment(self.friend, self.programs[0])

    def person(self, drawn):
        places = sorted(drawn["profiles"].items())
        customer = None
        for place, (name, fields, channels) in places:
            self.numbers += 1
            account, keys = self.accounts[place], [("cuid", f"c{self.numbers}")]
            if customer is None:
                customer = make_customer(
                    source_account=account,
                    identifiers=keys,
                    first_name=name,
                    fields=fields,
                    **{
                        key: drawn[key]
                        for key in ("loyalty_type", "fraud_status", "extended_fields")
                    },
                )
                profile = customer.profiles.get()
            else:
                profile = make_profile(
                    customer, account, identifiers=keys, first_name=name, fields=fields
                )
            primary = set()
            for type, value, is_primary in channels:
                Channel.objects.create(
                    profile=profile,
                    type=type,
                    value=value,
                    is_primary=is_primary and type not in primary,
                )
                if is_primary:
                    primary.add(type)
        for (channel, place), status in drawn["consent"].items():
            facts = {
                "customer": customer,
                "source_account": self.accounts[place],
                "channel": channel,
                "priority": "BULK",
                "status": status,
                "changed_at": NOON,
            }
            Subscription.objects.create(**facts)
            SubscriptionChange.objects.create(**facts)
        self._loyalty(customer, drawn)
        return customer

    def _loyalty(self, customer, drawn):
        for place, (tier, moves) in sorted(drawn["programs"].items()):
            member = make_enrollment(customer, self.programs[place], tier=tier)
            TierChange.objects.create(
                enrollment=member,
                tier_id=member.tier_id,
                expires_at=member.tier_expires_at,
                reason="ENROLLED",
                changed_at=NOON,
            )
            self.post(customer, self.programs[place], moves)
            for partner in sorted(drawn["partners"]) if place == 0 else ():
                PartnerMembership.objects.create(
                    enrollment=member,
                    partner_program=self.partners[partner],
                    membership_id=f"m{customer.pk}",
                )
        for _ in range(drawn["bills"]):
            self.buy(customer)
        for _ in range(drawn["cards"]):
            make_card(series=self.card_series, customer=customer)
        for is_redeemed in drawn["coupons"]:
            coupon = make_coupon(customer, self.coupon_series, redemption_count=int(is_redeemed))
            if is_redeemed:
                CouponRedemption.objects.create(
                    coupon=coupon, customer=customer, redeemed_at=NOON, bill_amount=5
                )
        if drawn["effect"]:
            Effect.objects.create(
                org=customer.org,
                customer=customer,
                kind="REGISTRATION",
                recorded_at=NOON,
                due_at=NOON,
            )
        if drawn["transfer"]:
            unit_of_work(transfer_points_of_many)(
                origin=make_origin(),
                transfers=[
                    Transfer(from_customer_id=customer.pk, to_customer_id=self.friend.pk, points=1)
                ],
            )

    def post(self, customer, program, moves, at=NOON):
        unit_of_work(post_movements)(
            origin=make_origin(at=at),
            movements=[
                Movement(
                    customer_id=customer.pk,
                    program_id=program.pk,
                    kind=kind,
                    points=points,
                    **({} if kind in ("REDEEM", "ADJUST") else {"expires_at": at + days * DAY}),
                )
                for kind, points, days in moves
            ],
        )

    def buy(self, customer, at=NOON):
        self.numbers += 1
        unit_of_work(enter_transactions)(
            origin=make_origin(at=at),
            sales=[Sale(customer_id=customer.pk, number=f"b{self.numbers}", amount=120)],
        )


def merge(survivor, victim, at=NOON + DAY):
    return unit_of_work(merge_customers)(
        origin=make_origin(at=at), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )


def undo(key, at=NOON + 2 * DAY):
    return unit_of_work(undo_merge)(origin=make_origin(at=at), merge_id=key, reason="A mistake")


class WhoeverMerges(TestCase):
    @UNHURRIED
    @given(PERSON, PERSON)
    def test_an_undo_brings_back_every_row(self, one, other):
        world = World()
        survivor, victim = world.person(one), world.person(other)
        before = dump_rows()

        key = merge(survivor, victim)
        plan = plan_undo(org_id=survivor.org_id, merge_id=key)
        undo(key)

        assert plan.blockers == []
        assert dump_rows() == before
        assert find_breaks() == []

    @UNHURRIED
    @given(PERSON, PERSON, PERSON)
    def test_merges_come_apart_again_in_the_opposite_order(self, one, other, third):
        world = World()
        first, second, last = world.person(one), world.person(other), world.person(third)
        before = dump_rows()
        inner = merge(second, first)
        between = dump_rows()
        outer = merge(last, second)

        assert {b.kind for b in plan_undo(org_id=first.org_id, merge_id=inner).blockers} == {
            "later merge"
        }
        undo(outer)
        assert dump_rows() == between
        undo(inner)
        assert dump_rows() == before

    @UNHURRIED
    @given(PERSON, PERSON, st.integers(0, 2), MOVES, st.integers(0, 12))
    def test_what_came_later_stays_and_what_blocks_is_named(self, one, other, bills, moves, days):
        world = World()
        survivor, victim = world.person(one), world.person(other)
        theirs = {p.pk for p in Profile.objects.filter(customer=victim)}
        key, now = merge(survivor, victim), NOON + DAY + days * DAY

        for _ in range(bills):
            world.buy(survivor, at=now)
        world.post(survivor, world.programs[0], moves, at=now)
        unit_of_work(mature_points)(now=now)
        unit_of_work(expire_points)(now=now)
        unit_of_work(register_customers)(
            origin=make_origin(at=now),
            registrations=[
                Registration(
                    profiles=[
                        ProfileEntry(
                            source_account_id=the_source_account("LINE", "l").pk,
                            identifiers=[
                                ("line", "new"),
                                ("cuid", self.a_key_of(survivor, theirs)),
                            ],
                        )
                    ]
                )
            ],
        )
        after = dump_rows()
        plan = plan_undo(org_id=survivor.org_id, merge_id=key)
        if plan.blockers:
            assert {blocker.kind for blocker in plan.blockers} <= {"points"}
            assert all("since" in blocker.words for blocker in plan.blockers)
            assert dump_rows() == after
            return
        undo(key, at=now)

        assert find_breaks() == []
        new = Profile.objects.get(source_account__source="LINE")
        assert new.customer_id == survivor.pk
        assert {p.pk for p in Profile.objects.filter(customer=victim)} == theirs
        assert survivor.transactions.filter(recorded_at=now).count() == bills
        assert not victim.transactions.filter(recorded_at=now).exists()
        assert self.is_whole(survivor, victim)

    @staticmethod
    def a_key_of(survivor, theirs):
        """An identifier that was the survivor's before the merge."""
        return (
            Identifier.objects.filter(customer=survivor, type="cuid")
            .exclude(profile_identifiers__profile__in=theirs)
            .exclude(pk__in=_moved_identifiers())
            .values_list("value", flat=True)[0]
        )

    @staticmethod
    def is_whole(*people):
        pairs = ProfileIdentifier.objects.select_related("profile", "identifier")
        assert all(p.profile.customer_id == p.identifier.customer_id for p in pairs)
        assert not Customer.objects.filter(merged_into__isnull=False).exists()
        columns = ("text", "customer_id", "kind")
        found = set(SearchKey.objects.values_list(*columns))
        unit_of_work(index_again)(org_id=people[0].org_id, customer_ids=[p.pk for p in people])
        assert found == set(SearchKey.objects.values_list(*columns))
        assert all(t.from_customer_id != t.to_customer_id for t in PointsTransfer.objects.all())
        return True


def _moved_identifiers():
    return MergeJournalRow.objects.filter(model="customers.Identifier").values("row")
