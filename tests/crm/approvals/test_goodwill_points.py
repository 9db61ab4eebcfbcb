"""Goodwill points (contract, sections 5.3, 6 and 7)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.approvals import errors
from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.domain.previews import plan_requests
from crm.approvals.models import Decision, Request
from crm.approvals.rules.plans import Difference, Fact
from crm.kernel.transactions import unit_of_work
from customers.models import Customer
from loyalty.errors import MarkedAsFraud, NotEnrolled, ProgramUnknown
from loyalty.models import PointsEntry, PointsLot
from tests.approval_builders import approve, make_person, make_request
from tests.builders import NOON, make_customer, make_enrollment, make_origin, make_program
from tests.queries import count_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

YEAR = timedelta(days=365)


@pytest.fixture
def program():
    return make_program(
        "Shop",
        is_default=True,
        tier_rule="LIFETIME_POINTS",
        points_expiry="ROLLING",
        expires_after_days=30,
    )


@pytest.fixture
def tom(program):
    return make_enrollment(make_customer(), program, points=950).customer


def plan_of(request):
    return plan_requests(org=request.org, requests=[request], now=NOON)[request.pk]


def points_of(customer):
    return customer.enrollments.get().points


def test_shows_the_balance_the_tier_the_expiry_and_the_cost_and_moves_nothing(tom, program):
    request = make_request(tom, "POINTS", points="100.5", reason="late parcel")

    plan = plan_of(request)

    assert plan.points == Decimal("100.5")
    assert list(plan.differences) == [
        Difference("Points balance", "950", "1,050.5"),
        Difference("Tier", "SILVER", "GOLD"),
    ]
    assert list(plan.facts) == [
        Fact("Program", f"Shop ({program.pk})"),
        Fact("The points expire", "01 Apr 2026"),
    ]
    assert list(plan.blockers) == []
    assert points_of(tom) == 950


def test_gives_what_the_plan_said_once_under_the_requests_own_reference(tom):
    request = make_request(tom, "POINTS", points=100, reason="late parcel")

    assert approve(request).refusal is None

    entry = PointsEntry.objects.get(kind="GOODWILL")
    assert (entry.points, entry.reference, entry.notes) == (
        100,
        f"request-{request.pk}",
        "late parcel",
    )
    lot = PointsLot.objects.get(kind="GOODWILL")
    assert lot.expires_at.date() == (NOON + timedelta(days=30)).date()
    assert points_of(tom) == 1050
    assert tom.enrollments.get().tier.name == "GOLD"
    assert isinstance(approve(request).refusal, errors.RequestDecided)
    assert points_of(tom) == 1050


def test_gives_what_the_checker_approved_instead_and_keeps_what_was_asked(tom):
    request = make_request(tom, "POINTS", points=100)

    approve(request, points={request.pk: Decimal(40)})

    request.refresh_from_db()
    assert points_of(tom) == 990
    assert (request.points, request.decision.points) == (100, 40)


def test_names_the_default_program_when_filed(tom, program):
    make_program("Other")

    request = make_request(tom, "POINTS", points=1)

    assert request.payload == {"program_id": program.pk}


def test_takes_the_program_that_is_named(tom):
    other = make_enrollment(tom, make_program("Other"))

    approve(make_request(tom, "POINTS", points=5, program_id=str(other.program_id)))

    other.refresh_from_db()
    assert other.points == 5


@pytest.mark.parametrize("points", [None, "", 0, -1, "x", "1e9999", 2_000_000_000, True, [1]])
def test_refuses_points_that_are_none(tom, points):
    with pytest.raises(errors.PointsAskedInvalid):
        make_request(tom, "POINTS", points=points)

    assert not Request.objects.exists()


@pytest.mark.parametrize("program_id", [2**62, "x", -1, "9" * 50, [1]])
def test_refuses_a_program_that_is_not_there(tom, program_id):
    with pytest.raises(ProgramUnknown):
        make_request(tom, "POINTS", points=1, program_id=program_id)


def test_refuses_somebody_who_is_no_member(program):
    with pytest.raises(NotEnrolled):
        make_request(make_customer(), "POINTS", points=1)


def test_refuses_a_customer_marked_as_fraud_when_filed(program):
    mallory = make_enrollment(make_customer(fraud_status="CONFIRMED"), program).customer

    with pytest.raises(MarkedAsFraud):
        make_request(mallory, "POINTS", points=1)


def test_blocks_a_customer_who_was_marked_as_fraud_since(tom):
    request = make_request(tom, "POINTS", points=1)
    Customer.objects.update(fraud_status="MARKED")

    assert list(plan_of(request).blockers) == [
        f"Customer {request.customer_id} is marked as fraud: no redemption, goodwill or transfer."
    ]
    assert isinstance(approve(request).refusal, MarkedAsFraud)
    request.refresh_from_db()
    assert (request.status, request.failure) == ("FAILED", "loyalty.marked_as_fraud")
    assert points_of(tom) == 950


def test_gives_to_many_at_once_and_plans_each_as_if_it_were_alone(program):
    maker = make_person()
    members = [make_enrollment(make_customer(), program, points=10) for _ in range(4)]
    requests = [
        make_request(member.customer, "POINTS", maker=maker, points=7) for member in members
    ]
    requests.append(make_request(members[0].customer, "POINTS", maker=maker, points=8))

    def plan(some):
        return plan_requests(org=program.org, requests=some, now=NOON)

    plans = plan(requests)
    assert count_queries(lambda: plan(requests)) == count_queries(lambda: plan(requests[:1])) == 4
    assert plans[requests[4].pk].differences == [Difference("Points balance", "10", "18")]

    unit_of_work(decide_requests)(
        origin=make_origin(actor=make_person()),
        request_ids=[request.pk for request in requests],
        verdict=Verdict(approve=True),
    )

    assert [points_of(member.customer) for member in members] == [25, 17, 17, 17]
    assert Decision.objects.filter(verdict="APPROVED").count() == 5
