"""Enroll customers in programs: the only way to enroll, for one or for thousands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, take_ids
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import CustomersById, get_active_customer
from customers.queries.status_effects import get_status_effects
from customers.rules.status_effects import EARNING
from loyalty import errors, notices
from loyalty.models import Enrollment, TierChange
from loyalty.models.enrollment import BALANCES
from loyalty.operations.enrollments.lock import EnrollmentKey
from loyalty.operations.points.post import PostingResult, post_movements
from loyalty.queries.customer_blocks import find_block
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.enrollments import EnrollmentRequest, EnrollmentStart, start_enrollment
from loyalty.rules.movements import Movement, read_past_moment
from loyalty.rules.programs import ProgramRules


@dataclass(slots=True)
class EnrollmentResult:
    """The result of one enrollment request, or its refusal.

    ``is_new`` is False if the customer was enrolled already: then nothing changed.
    """

    enrollment_id: int | None = None
    program_id: int | None = None
    is_new: bool = False
    opening: PostingResult | None = None
    bonus: PostingResult | None = None
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _NewEnrollment:
    outcome: EnrollmentResult
    request: EnrollmentRequest
    program: ProgramRules
    start: EnrollmentStart


@within_unit_of_work
def enroll_customer(*, origin: Origin, request: EnrollmentRequest) -> EnrollmentResult:
    """Enroll a customer in a program.

    If the customer is enrolled already, nothing changes and a notice (1023) says so. Tiers and
    points that cannot be given as requested add notices as well.

    Raises:
        ProgramUnknown: there is no such active program.
        PointsInvalid: the opening points cannot be read.
        LedgerDateInvalid: the date of the enrollment lies in the future.
        CustomerUnknown, CustomerMerged: there is no such active customer.
    """
    [result] = enroll_customers(origin=origin, enrollment_requests=[request])
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def enroll_customers(
    *, origin: Origin, enrollment_requests: Sequence[EnrollmentRequest]
) -> list[EnrollmentResult]:
    """Enroll customers; return one result for each, in order. A refusal affects no other."""
    customers = lock_customers({request.customer_id for request in enrollment_requests})
    programs = get_programs(origin.org.pk)
    enrollment_ids = _load_enrollment_ids(customers)
    outcomes, new_enrollments = [], []
    for request in enrollment_requests:
        outcome = EnrollmentResult()
        outcomes.append(outcome)
        try:
            program = _find_active_program(programs, request.program_id)
            outcome.program_id = program.id
            get_active_customer(origin, customers, request.customer_id)
            key = request.customer_id, program.id
            if key in enrollment_ids:
                outcome.notices = [Notice(notices.ENROLLED_ALREADY, program_id=program.id)]
                outcome.enrollment_id = enrollment_ids[key]
                continue
            read_past_moment(request.enrolled_at, "enrolled_at", now=origin.at)
            start = start_enrollment(request, program, now=origin.at, zone=origin.org.zone)
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
            continue
        # A repeated request in this list finds the first one.
        enrollment_ids[key] = None
        outcome.is_new, outcome.notices = True, start.notices
        new_enrollments.append(_NewEnrollment(outcome, request, program, start))
    _write_enrollments(origin, new_enrollments)
    _post_first_points(origin, new_enrollments, customers)
    return outcomes


def _load_enrollment_ids(customers: CustomersById) -> dict[EnrollmentKey, int | None]:
    """Load the existing enrollments; the customers' locks prevent new ones."""
    rows = Enrollment.objects.filter(customer_id__in=customers).values_list(
        "customer_id", "program_id", "id"
    )
    return {(customer_id, program_id): pk for customer_id, program_id, pk in rows}


def _find_active_program(
    programs: Mapping[int, ProgramRules], program_id: int | None
) -> ProgramRules:
    program = find_program(programs, program_id)
    if not program.is_active:
        raise errors.ProgramUnknown(program_id=program_id)
    return program


def _write_enrollments(origin: Origin, new_enrollments: Sequence[_NewEnrollment]) -> None:
    for new_enrollment, pk in zip(
        new_enrollments, take_ids(Enrollment, len(new_enrollments)), strict=True
    ):
        new_enrollment.outcome.enrollment_id = pk
    bulk_insert(
        Enrollment,
        (
            "id",
            "org_id",
            "customer_id",
            "program_id",
            "enrolled_at",
            "enrolled_by_id",
            "tier_id",
            "tier_expires_at",
            "tier_basis",
            *BALANCES,
        ),
        [
            (
                new_enrollment.outcome.enrollment_id,
                origin.org.pk,
                new_enrollment.request.customer_id,
                new_enrollment.program.id,
                new_enrollment.request.enrolled_at or origin.at,
                origin.actor_id,
                new_enrollment.start.tier_state.tier.id,
                new_enrollment.start.tier_state.expires_at,
                new_enrollment.start.tier_state.basis,
                *(ZERO for _ in BALANCES),
            )
            for new_enrollment in new_enrollments
        ],
    )
    bulk_insert(
        TierChange,
        (
            "enrollment_id",
            "tier_id",
            "expires_at",
            "reason",
            "changed_at",
            "changed_by_id",
        ),
        [
            (
                new_enrollment.outcome.enrollment_id,
                new_enrollment.start.tier_state.tier.id,
                new_enrollment.start.tier_state.expires_at,
                TierChange.Reason.ENROLLED.value,
                origin.at,
                origin.actor_id,
            )
            for new_enrollment in new_enrollments
        ],
    )
    record_events(
        origin=origin, events=[_build_event(new_enrollment) for new_enrollment in new_enrollments]
    )


def _build_event(new_enrollment: _NewEnrollment) -> NewEvent:
    return NewEvent(
        "loyalty.enrolled",
        "customer",
        new_enrollment.request.customer_id,
        after={
            "program": new_enrollment.program.id,
            "tier": new_enrollment.start.tier_state.tier.name,
        },
    )


def _post_first_points(
    origin: Origin, new_enrollments: Sequence[_NewEnrollment], customers: CustomersById
) -> None:
    """Post opening points, and the bonus unless the customer may not earn points."""
    effects = get_status_effects(origin.org.pk)
    awards: list[tuple[EnrollmentResult, Movement]] = []
    for new_enrollment in new_enrollments:
        for kind, points, expires_at in (
            ("OPENING", new_enrollment.start.opening, new_enrollment.request.points_expire_at),
            ("BONUS", new_enrollment.start.bonus, None),
        ):
            customer = customers[new_enrollment.request.customer_id]
            if points and (kind != "BONUS" or not find_block(effects, customer, EARNING)):
                movement = Movement(
                    customer_id=customer.pk,
                    program_id=new_enrollment.program.id,
                    kind=kind,
                    points=points,
                    expires_at=expires_at,
                    issued_by_id=origin.actor_id,
                )
                awards.append((new_enrollment.outcome, movement))
    if not awards:
        return
    results = post_movements(origin=origin, movements=[movement for _, movement in awards])
    for (outcome, movement), result in zip(awards, results, strict=True):
        if result.refusal is not None:
            # The customers are locked and enrolled: a refusal would be a bug.
            raise result.refusal
        if movement.kind == "BONUS":
            outcome.bonus = result
        else:
            outcome.opening = result
