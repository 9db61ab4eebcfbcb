"""Programs, series and customers drawn by Hypothesis, for properties of all merges."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from crm.kernel.transactions import unit_of_work
from customers.models import (
    Channel,
    CustomerImage,
    Interaction,
    Note,
    Preferences,
    Subscription,
    SubscriptionChange,
)
from customers.operations.tickets.open import open_ticket
from customers.rules.tickets import NewTicket
from loyalty.models import (
    CouponRedemption,
    Effect,
    PartnerMembership,
    PartnerProgram,
    TierChange,
)
from loyalty.operations.points.post import post_movements
from loyalty.operations.points.transfer import Transfer, transfer_points_in_bulk
from loyalty.operations.transactions.enter import enter_transactions
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_enrollment,
    make_origin,
    make_profile,
    make_program,
)
from tests.card_builders import make_card, make_card_series, make_coupon, make_coupon_series
from tests.group_builders import make_association, make_company, make_hierarchy

DAY = timedelta(days=1)
# A place changed at the time of a merge would count as changed after it.
BEFORE = NOON - DAY
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
CUSTOMER = st.fixed_dictionaries(
    {
        "loyalty_type": st.sampled_from(["LOYALTY", "NON_LOYALTY"]),
        "fraud_status": st.sampled_from(["NOT_FRAUD", "INTERNAL"]),
        "extended_fields": FIELDS,
        "profiles": PROFILES,
        "consent": CONSENT,
        # By program index: the tier and the movements.
        "programs": st.dictionaries(st.integers(0, 1), st.tuples(st.integers(1, 3), MOVES)),
        "partners": st.sets(st.integers(0, 1)),
        "bills": st.integers(0, 2),
        "cards": st.integers(0, 2),
        "coupons": st.lists(st.booleans(), max_size=2),
        "effect": st.booleans(),
        "transfer": st.booleans(),
        "notes": st.integers(0, 2),
        "tickets": st.sets(st.sampled_from(["Late", "Lost"])),
        "preferences": st.none() | FIELDS,
        "pictures": st.integers(0, 2),
        "interactions": st.integers(0, 1),
        # The role, and whether there is a child or parent; an FA is above an FC.
        "place": st.none() | st.tuples(st.sampled_from(["FA", "FC"]), st.booleans()),
        "company": st.booleans(),
    }
)
SLOW_SETTINGS = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class MergeWorld:
    """Programs, series and customers as drawn; all points are posted through the ledger."""

    def __init__(self):
        self.numbers = 0
        self.accounts = [get_or_make_source_account(*place) for place in PLACES]
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
        self.hierarchy, self.company = make_hierarchy(), make_company()
        self.boss = make_association(make_customer(), self.hierarchy, "FA", at=BEFORE)

    def draw_customer(self, drawn):
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
        self._add_loyalty(customer, drawn)
        self._add_service(customer, drawn)
        self._associate(customer, drawn)
        return customer

    def _add_loyalty(self, customer, drawn):
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
            unit_of_work(transfer_points_in_bulk)(
                origin=make_origin(),
                transfers=[
                    Transfer(from_customer_id=customer.pk, to_customer_id=self.friend.pk, points=1)
                ],
            )

    def _add_service(self, customer, drawn):
        owner = {"org": customer.org, "customer": customer}
        for _ in range(drawn["notes"]):
            Note.objects.create(
                **owner, associate_id="7", noted_at=NOON, added_at=NOON, modified_at=NOON
            )
        for subject in sorted(drawn["tickets"]):
            unit_of_work(open_ticket)(
                origin=make_origin(), ticket=NewTicket(customer_id=customer.pk, subject=subject)
            )
        if drawn["preferences"] is not None:
            Preferences.objects.create(**owner, fields=drawn["preferences"], modified_at=NOON)
        for version in range(1, drawn["pictures"] + 1):
            CustomerImage.objects.create(
                **owner,
                handle=f"h{customer.pk}-{version}",
                version=version,
                path="p",
                content_type="image/png",
                width=1,
                height=1,
                size=1,
                uploaded_at=NOON,
                is_current=version == drawn["pictures"],
            )
        for _ in range(drawn["interactions"]):
            Interaction.objects.create(
                **owner, network="TWITTER", type="TWEET", happened_at=NOON, recorded_at=NOON
            )

    def _associate(self, customer, drawn):
        company = self.company if drawn["company"] else None
        if drawn["place"] is None:
            return
        role, has_kin = drawn["place"]
        is_below = role == "FC" and has_kin
        place = make_association(
            customer, self.hierarchy, role, self.boss if is_below else None, company, at=BEFORE
        )
        if role == "FA" and has_kin:
            make_association(make_customer(), self.hierarchy, "FC", place, at=BEFORE)

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
