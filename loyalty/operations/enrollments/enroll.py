"""Enroll customers in programs: the only way to enroll, for one or for thousands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import CustomersById, get_active_customer
from customers.queries.status_effects import StatusEffects, get_status_effects
from customers.rules.end_points import POINTS, is_enabled
from customers.rules.status_effects import EARNING
from loyalty import errors, notices
from loyalty.models import Enrollment, TierChange
from loyalty.operations.enrollments.lock import (
    EnrollmentKey,
    EnrollmentState,
    NewEnrollmentRow,
    PendingEntry,
)
from loyalty.operations.points.apply_movement import apply_movement
from loyalty.operations.points.post import PostingResult, build_posting_result
from loyalty.operations.points.write import write_enrollments
from loyalty.queries.customer_blocks import find_block
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.balances import Balances
from loyalty.rules.enrollments import EnrollmentRequest, EnrollmentStart, start_enrollment
from loyalty.rules.ledger import Account
from loyalty.rules.movements import Movement, clean_movement, read_past_moment
from loyalty.rules.programs import ProgramRules
from loyalty.rules.tiers import TierTransition


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
    # What it awards, with the entries once they are decided.
    awards: list[tuple[Movement, PendingEntry, Decimal]] = field(default_factory=list)


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
    *,
    origin: Origin,
    enrollment_requests: Sequence[EnrollmentRequest],
    newcomers: CustomersById | None = None,
) -> list[EnrollmentResult]:
    """Enroll customers; return one result for each, in order. A refusal affects no other.

    ``newcomers`` are customers whom this unit of work has created: nobody else can see them, so
    they are not locked, and they are not enrolled yet. With them, no other customers are enrolled.
    """
    enrollment_ids: dict[EnrollmentKey, int | None] = {}
    customers = newcomers
    if customers is None:
        customers = lock_customers({request.customer_id for request in enrollment_requests})
        enrollment_ids = _load_enrollment_ids(customers)
    programs = get_programs(origin.org.pk)
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
    _write_enrollments(origin, new_enrollments, customers)
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


def _write_enrollments(
    origin: Origin, new_enrollments: Sequence[_NewEnrollment], customers: CustomersById
) -> None:
    """Write the enrollments with the balances that their first points leave."""
    if not new_enrollments:
        return
    effects = get_status_effects(origin.org.pk)
    states = []
    for new_enrollment in new_enrollments:
        customer = customers[new_enrollment.request.customer_id]
        states.append(_build_state(origin, new_enrollment))
        _award_first_points(origin, new_enrollment, states[-1], customer, effects)
    # The events of the enrollments come before those of the points, as they happen.
    record_events(origin=origin, events=[_build_event(new) for new in new_enrollments])
    write_enrollments(origin=origin, enrollments=states)
    for new_enrollment, state in zip(new_enrollments, states, strict=True):
        new_enrollment.outcome.enrollment_id = state.row.pk
        for movement, pending, balance in new_enrollment.awards:
            result = build_posting_result(state, pending, balance)
            if movement.kind == "BONUS":
                new_enrollment.outcome.bonus = result
            else:
                new_enrollment.outcome.opening = result


def _build_state(origin: Origin, new_enrollment: _NewEnrollment) -> EnrollmentState:
    row = NewEnrollmentRow(
        customer_id=new_enrollment.request.customer_id,
        program_id=new_enrollment.program.id,
        enrolled_at=new_enrollment.request.enrolled_at or origin.at,
        enrolled_by_id=origin.actor_id,
    )
    state = EnrollmentState(
        row,
        new_enrollment.program,
        Account(Balances(), []),
        new_enrollment.start.tier_state,
        is_new=True,
    )
    tier_state = state.tier_state
    state.tier_transitions.append(
        TierTransition(
            None, tier_state.tier, tier_state.expires_at, TierChange.Reason.ENROLLED, origin.at
        )
    )
    return state


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


def _award_first_points(
    origin: Origin,
    new_enrollment: _NewEnrollment,
    state: EnrollmentState,
    customer: Customer,
    effects: StatusEffects,
) -> None:
    """Award opening points, and the bonus unless the customer may not earn points.

    Test customers get either only where points are enabled for them.
    """
    if not is_enabled(customer.end_points, POINTS):
        return
    start, request = new_enrollment.start, new_enrollment.request
    for kind, points, expires_at in (
        ("OPENING", start.opening, request.points_expire_at),
        ("BONUS", start.bonus, None),
    ):
        if not points or (kind == "BONUS" and find_block(effects, customer, EARNING)):
            continue
        if not new_enrollment.awards:
            # A tier that is over already is reviewed before points are awarded.
            state.settle(origin.at, origin.org.zone)
        movement = clean_movement(
            Movement(
                customer_id=customer.pk,
                program_id=new_enrollment.program.id,
                kind=kind,
                points=points,
                expires_at=expires_at,
                issued_by_id=origin.actor_id,
            ),
            now=origin.at,
        )
        pending = apply_movement(state, movement, now=origin.at, zone=origin.org.zone)
        new_enrollment.awards.append((movement, pending, state.account.balances.points))
