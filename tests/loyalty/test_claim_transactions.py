"""Claiming a transaction ..."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from customers.errors import CustomerMerged, CustomerUnknown
from loyalty.errors import (
    RegisteredTooRecently,
    RetroDisabled,
    TransactionAmbiguous,
    TransactionHasOwner,
    TransactionKnown,
    TransactionNotClaimable,
    TransactionOfAnother,
    TransactionReturned,
    TransactionTooOld,
    TransactionUnknown,
)
from loyalty.models import PointsEntry, Transaction
from loyalty.operations.transactions.claim import (
    Claim,
    claim_transaction,
    claim_transactions,
    plan_claims,
)
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.queries.transactions.claims import find_claimable_transaction
from loyalty.rules.transactions import Sale, SaleLine
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
    make_store,
)
from tests.promotion_builders import make_promotion
from tests.queries import count_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

DAY = timedelta(days=1)
AGE = "CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS"
DELAY = "CONF_CLIENT_RETRO_DELAY_SINCE_REGISTRATION_HOURS"


def allow(org, **numbers):
    values = {"CONF_RETRO_TRANSACTION_ENABLE": 1, **numbers}
    unit_of_work(change_settings)(org_id=org.pk, values=values)


@pytest.fixture
def member():
    program = make_program(is_default=True, points_expiry="ROLLING", expires_after_days=30)
    member = make_enrollment(make_customer(at=NOON - 100 * DAY), program)
    allow(member.org)
    return member


def bill(number="b1", *, at=NOON - DAY, type="NOT_INTERESTED", amount=600, **fields):
    org = fields.pop("org", None)
    sale = Sale(number=number, type=type, amount=amount, billed_at=at, **fields)
    return unit_of_work(enter_transaction)(origin=make_origin(org), sale=sale).transaction_id


def claim(transaction_id, customer, *, at=NOON, **fields):
    return unit_of_work(claim_transaction)(
        origin=make_origin(customer.org, at=at),
        claim=Claim(transaction_id=transaction_id, customer_id=customer.pk, **fields),
    )


def foresee(transaction_id, customer, *, at=NOON):
    [foreseen] = plan_claims(
        origin=make_origin(customer.org, at=at),
        claims=[Claim(transaction_id=transaction_id, customer_id=customer.pk)],
    )
    return foreseen


def state(member):
    member.refresh_from_db()
    return member.points, member.lifetime, member.purchases, member.tier.name


def test_makes_it_regular_and_counts_it_as_if_it_had_been_entered_so(member):
    store = make_store()
    pk = bill(amount=1500, store_id=store.pk)

    claimed = claim(pk, member.customer, reason="forgot the card")

    row = Transaction.objects.get()
    assert (row.type, row.customer_id, row.program_id) == (
        "REGULAR",
        member.customer_id,
        member.program_id,
    )
    assert (claimed.program_id, claimed.points_result.points) == (member.program_id, 1500)
    assert state(member) == (1500, 1500, 1500, "GOLD")
    entry = PointsEntry.objects.get()
    assert (entry.transaction_id, entry.transaction_number, entry.happened_at) == (
        pk,
        "b1",
        NOON - DAY,
    )
    lot = member.lots.get()
    # By the bill's own day, not by that of the claim.
    assert lot.expires_at.date() == (NOON + 29 * DAY).date()
    assert lot.awarded_by == store
    event = Event.objects.get(kind="transaction.claimed")
    assert (event.subject_id, event.after["reason"]) == (pk, "forgot the card")
    assert event.before == {"type": "NOT_INTERESTED", "customer": None}


def test_foresees_what_it_does_and_writes_nothing(member):
    pk = bill(amount=1500)

    foreseen = foresee(pk, member.customer)

    assert state(member) == (0, 0, 0, "SILVER")
    assert Transaction.objects.get().type == "NOT_INTERESTED"
    assert (foreseen.points.before.points, foreseen.points.after.points) == (0, 1500)
    assert (foreseen.points.before.tier, foreseen.points.after.tier) == ("SILVER", "GOLD")
    claimed = claim(pk, member.customer)
    assert foreseen.points.expires_at == claimed.points_result.expires_at


def test_gives_points_that_are_over_already_and_keeps_the_purchases(member):
    allow(member.org, **{AGE: 365})
    pk = bill(at=NOON - 60 * DAY)

    claim(pk, member.customer)

    assert state(member) == (0, 600, 600, "SILVER")


def test_only_turns_it_for_somebody_who_is_no_member(member):
    stranger = make_customer(at=NOON - 9 * DAY)
    pk = bill()

    assert foresee(pk, stranger).points is None
    claimed = claim(pk, stranger)

    assert (claimed.program_id, claimed.points_result) == (None, None)
    row = Transaction.objects.get()
    assert (row.type, row.customer, row.program) == ("REGULAR", stranger, None)


def test_happens_once(member):
    pk = bill()
    claim(pk, member.customer)

    with pytest.raises(TransactionNotClaimable):
        claim(pk, member.customer)

    assert state(member) == (600, 600, 600, "SILVER")


def test_of_a_list_the_first_claim_of_a_bill_wins_and_the_refused_leave_the_others(member):
    pk, other = bill(), bill("b2")
    second = make_enrollment(make_customer(at=NOON - DAY), member.program)

    outcomes = unit_of_work(claim_transactions)(
        origin=make_origin(),
        claims=[
            Claim(transaction_id=pk, customer_id=member.customer_id),
            Claim(transaction_id=pk, customer_id=second.customer_id),
            Claim(transaction_id=other, customer_id=second.customer_id),
            Claim(transaction_id=2**70, customer_id=second.customer_id),
        ],
    )

    assert [type(outcome.refusal) for outcome in outcomes] == [
        type(None),
        TransactionNotClaimable,
        type(None),
        TransactionUnknown,
    ]
    assert (state(member)[0], state(second)[0]) == (600, 600)


@pytest.mark.parametrize("act", [claim, foresee], ids=["claim", "plan"])
class TestIsRefused:
    def refused(self, act, pk, customer, name, **fields):
        before = list(Transaction.objects.order_by("pk").values())
        if act is foresee:
            refusal = foresee(pk, customer, **fields).refusal
            assert isinstance(refusal, name)
        else:
            with pytest.raises(name) as caught:
                claim(pk, customer, **fields)
            refusal = caught.value
        assert list(Transaction.objects.order_by("pk").values()) == before
        return refusal

    def test_where_the_organization_does_not_have_it(self, act, member):
        allow(member.org, CONF_RETRO_TRANSACTION_ENABLE=0)
        self.refused(act, bill(), member.customer, RetroDisabled)

    def test_beyond_the_age_and_not_before(self, act, member):
        allow(member.org, **{AGE: 10})
        pk = bill(at=NOON - 10 * DAY)
        second = timedelta(seconds=1)

        refusal = self.refused(act, pk, member.customer, TransactionTooOld, at=NOON + second)
        assert refusal.facts == {"days": 10}
        assert foresee(pk, member.customer, at=NOON).refusal is None

    def test_for_who_registered_a_moment_ago(self, act, member):
        allow(member.org, **{DELAY: 24})
        new = make_customer(at=NOON)
        pk = bill(at=NOON)
        before = NOON + timedelta(hours=23, minutes=59)

        refusal = self.refused(act, pk, new, RegisteredTooRecently, at=before)
        assert refusal.facts == {"hours": 24}
        assert foresee(pk, new, at=NOON + DAY).refusal is None

    def test_for_a_bill_of_somebody_else(self, act, member):
        pk = bill(customer_id=make_customer().pk)
        self.refused(act, pk, member.customer, TransactionOfAnother)

    def test_for_a_bill_that_is_theirs_already(self, act, member):
        pk = bill(customer_id=member.customer_id)
        self.refused(act, pk, member.customer, TransactionHasOwner)

    @pytest.mark.parametrize("type", ["REGULAR", "RETURN"])
    def test_for_what_is_no_such_bill(self, act, member, type):
        pk = bill(type=type, customer_id=member.customer_id)
        refusal = self.refused(act, pk, member.customer, TransactionNotClaimable)
        assert refusal.facts == {"type": type}

    def test_when_goods_came_back(self, act, member):
        pk = bill()
        bill("r1", type="NOT_INTERESTED_RETURN", amount=1, returned_id=pk)
        self.refused(act, pk, member.customer, TransactionReturned)

    def test_when_a_regular_bill_has_the_number_there(self, act, member):
        pk = bill()
        bill(type="REGULAR", customer_id=member.customer_id)
        self.refused(act, pk, member.customer, TransactionKnown)

    def test_for_another_organization(self, act, member):
        pk = bill(org=make_organization("other"))
        self.refused(act, pk, member.customer, TransactionUnknown)

    def test_for_nobody_and_for_a_victim(self, act, member):
        pk = bill()
        theirs = make_customer(make_organization("other"))
        theirs.org = member.org
        self.refused(act, pk, theirs, CustomerUnknown)
        victim = make_customer(merged_into=member.customer)
        self.refused(act, pk, victim, CustomerMerged)


def test_costs_the_same_queries_for_many(member):
    others = [make_enrollment(make_customer(at=NOON - DAY), member.program) for _ in range(5)]
    claims = [
        Claim(transaction_id=bill(f"m{n}"), customer_id=other.customer_id)
        for n, other in enumerate(others)
    ]
    origin = make_origin()

    plan_claims(origin=origin, claims=claims)  # settings and programs are remembered from here on
    few = count_queries(lambda: plan_claims(origin=origin, claims=claims[:1]))
    many = count_queries(lambda: plan_claims(origin=origin, claims=claims))
    assert few == many == 8

    few = count_queries(lambda: unit_of_work(claim_transactions)(origin=origin, claims=claims[:1]))
    many = count_queries(lambda: unit_of_work(claim_transactions)(origin=origin, claims=claims[1:]))
    assert few >= many - 8  # SQLite writes row by row
    assert [state(other)[0] for other in others] == [Decimal(600)] * 5


def test_gets_the_promotions_of_its_day_as_the_preview_says(member):
    store = make_store()
    make_promotion(member.program, name="Mugs", item_codes=["mug"], stores=[store])
    make_promotion(member.program, name="Once", value=5, once_per_customer=True)
    make_promotion(member.program, name="Asked for", is_on_request=True)
    make_promotion(member.program, name="Over", ends_at=NOON - 9 * DAY)
    lines = [SaleLine(item_code="MUG", rate=600)]
    claims = [
        Claim(
            transaction_id=bill(n, store_id=store.pk, lines=lines), customer_id=member.customer_id
        )
        for n in ("p1", "p2")
    ]

    planned = [plan_claims(origin=make_origin(), claims=[claim])[0].points for claim in claims]
    unit_of_work(claim_transactions)(origin=make_origin(), claims=claims)

    # Each as the only one; together, the customer gets once what is given once.
    assert [plan.after.points - plan.before.points for plan in planned] == [615, 615]
    member.refresh_from_db()
    assert member.points == 2 * 610 + 5
    [again] = plan_claims(
        origin=make_origin(),
        claims=[Claim(transaction_id=bill("p3", lines=lines), customer_id=member.customer_id)],
    )
    assert again.points.after.points - again.points.before.points == 600


def find(number, customer, store=None):
    return find_claimable_transaction(
        org_id=customer.org_id,
        number=number,
        customer_id=customer.pk,
        store_id=store.pk if store else None,
    )


def test_by_number_means_the_bill_of_the_store_then_the_one_that_is_nobodys(member):
    here, there = make_store(), make_store()
    in_here = bill(store_id=here.pk)
    in_there = bill(store_id=there.pk)
    bill("b2", store_id=here.pk, customer_id=member.customer_id)
    nobodys = bill("b2", store_id=there.pk)

    assert find("b1", member.customer, here) == in_here
    assert find("b1", member.customer, there) == in_there
    assert find("b2", member.customer) == nobodys
    with pytest.raises(TransactionAmbiguous):
        find("b1", member.customer)
    with pytest.raises(TransactionUnknown):
        find("b3", member.customer)


def test_by_number_means_a_bill_that_cannot_be_claimed_where_there_is_no_other(member):
    regular = bill(type="REGULAR", customer_id=member.customer_id)

    assert find("b1", member.customer) == regular
