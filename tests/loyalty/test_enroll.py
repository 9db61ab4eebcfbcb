"""Enrolling a customer in a program ..."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers.errors import CustomerMerged, CustomerUnknown
from loyalty import notices
from loyalty.errors import LedgerDateInvalid, PointsInvalid, ProgramUnknown
from loyalty.models import Enrollment, PointsEntry
from loyalty.operations.enrollments.enroll import enroll_customer, enroll_customers
from loyalty.rules.enrollments import EnrollmentRequest
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
    make_till,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

DAY = timedelta(days=1)


def enroll(customer, program=None, actor=None, **attributes):
    return unit_of_work(enroll_customer)(
        origin=make_origin(customer.org, actor),
        request=EnrollmentRequest(
            customer_id=customer.pk, program_id=program.pk if program else None, **attributes
        ),
    )


def test_gives_tier_opening_points_and_bonus():
    till = make_till()
    program = make_program(registration_bonus=Decimal("100.5"))
    customer = make_customer()

    enrolled = enroll(
        customer,
        program,
        till,
        tier_number=2,
        tier_expires_at=NOON + 30 * DAY,
        points="75.25",
        points_expire_at=NOON + 3 * DAY,
        earns_bonus=True,
    )

    member = Enrollment.objects.get()
    assert (enrolled.enrollment_id, enrolled.is_new, enrolled.notices) == (member.pk, True, [])
    assert (member.customer, member.program, member.enrolled_by) == (customer, program, till)
    assert (member.tier.serial, member.tier_expires_at) == (2, NOON + 30 * DAY)
    assert (member.points, member.lifetime) == (Decimal("175.75"), Decimal("175.75"))
    assert [
        (entry.kind, entry.points, lot.expires_at)
        for entry in member.entries.order_by("pk")
        for lot in entry.lots.all()
    ] == [
        ("OPENING", Decimal("75.25"), NOON + 3 * DAY),
        ("BONUS", Decimal("100.5"), None),
    ]
    assert enrolled.bonus.points == Decimal("100.5")
    [change] = member.tier_changes.all()
    assert (change.previous_tier, change.tier.serial, change.reason) == (None, 2, "ENROLLED")


def test_takes_the_default_program_where_none_is_named():
    make_program()
    default = make_program(is_default=True)

    enrolled = enroll(make_customer())

    assert enrolled.program_id == default.pk
    assert enrolled.bonus is None


def test_says_that_a_tier_ends_after_a_hundred_years_where_it_never_does():
    enroll(make_customer(), make_program())

    # 23:59:59 in Kolkata.
    assert Enrollment.objects.get().tier_expires_at == datetime(2126, 3, 3, 18, 29, 59, tzinfo=UTC)


def test_changes_nothing_for_a_member():
    member = make_enrollment(points=5)

    enrolled = enroll(member.customer, member.program, points=75, tier_number=3, earns_bonus=True)

    before = (member.tier, member.points)
    member.refresh_from_db()
    assert (member.tier, member.points) == before
    assert (enrolled.is_new, enrolled.enrollment_id) == (False, member.pk)
    assert enrolled.notices == [Notice(notices.ENROLLED_ALREADY, program_id=member.program_id)]


def test_gives_the_lowest_tier_for_a_number_that_the_program_lacks():
    program = make_program()

    enrolled = enroll(make_customer(), program, tier_number=234)

    assert Enrollment.objects.get().tier.serial == 1
    assert enrolled.notices == [Notice(notices.TIER_UNKNOWN, program_id=program.pk, tier=234)]


def test_says_what_is_over_already():
    program = make_program()

    enrolled = enroll(
        make_customer(),
        program,
        tier_number=3,
        tier_expires_at=NOON - DAY,
        points=75,
        points_expire_at=NOON - DAY,
    )

    member = Enrollment.objects.get()
    assert (member.tier.serial, member.tier_expires_at > NOON) == (1, True)
    assert (member.points, member.expired, member.lifetime) == (0, 75, 75)
    assert enrolled.notices == [
        Notice(notices.TIER_EXPIRED, program_id=program.pk),
        Notice(notices.POINTS_EXPIRED, program_id=program.pk),
    ]


def test_refuses_what_cannot_be():
    program, closed = make_program(), make_program(is_active=False)
    customer = make_customer()
    victim = make_customer(merged_into=customer)
    stranger = make_customer(make_organization())
    origin = make_origin()

    def refusal_of(customer=customer, program=program, **attributes):
        joining = EnrollmentRequest(customer_id=customer.pk, program_id=program.pk, **attributes)
        [enrolled] = unit_of_work(enroll_customers)(origin=origin, enrollment_requests=[joining])
        return enrolled.refusal

    assert refusal_of(program=closed) == ProgramUnknown(program_id=closed.pk)
    assert refusal_of(points=-1) == PointsInvalid()
    assert refusal_of(points="many") == PointsInvalid()
    assert refusal_of(enrolled_at=NOON + 3 * DAY) == LedgerDateInvalid(field="enrolled_at")
    assert refusal_of(victim) == CustomerMerged(survivor_id=customer.pk)
    assert refusal_of(stranger) == CustomerUnknown(customer_id=stranger.pk)
    assert (Enrollment.objects.count(), PointsEntry.objects.count()) == (0, 0)


def test_meets_the_same_pair_in_one_list_once(django_assert_max_num_queries):
    program = make_program(registration_bonus=5)
    customers = [make_customer() for _ in range(20)]
    enrollment_requests = [
        EnrollmentRequest(customer_id=customer.pk, program_id=program.pk, earns_bonus=True)
        for customer in [*customers, customers[0]]
    ]
    origin = make_origin()
    unit_of_work(enroll_customers)(origin=origin, enrollment_requests=[])  # programs are remembered

    with django_assert_max_num_queries(19):
        outcomes = unit_of_work(enroll_customers)(
            origin=origin, enrollment_requests=enrollment_requests
        )

    assert [outcome.is_new for outcome in outcomes] == [True] * 20 + [False]
    assert Enrollment.objects.filter(points=5).count() == 20
