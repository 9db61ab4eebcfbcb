"""Enrolling customers in programs: the one way in, for one and for thousands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, take_ids
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty import errors, notices
from loyalty.models import Enrollment, TierChange
from loyalty.models.enrollment import BALANCES
from loyalty.operations.members import Pair
from loyalty.operations.people import People, lock_people, standing
from loyalty.operations.posting import Posted, post_movements
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.enrolling import Joining, Start, begin
from loyalty.rules.movements import Movement, past_moment
from loyalty.rules.programs import ProgramRules


@dataclass(slots=True)
class Enrolled:
    """What became of one joining; ``refusal`` says why nothing did.

    ``is_new`` is False for somebody who was a member already: then nothing changed.
    """

    enrollment_id: int | None = None
    program_id: int | None = None
    is_new: bool = False
    opening: Posted | None = None
    bonus: Posted | None = None
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Newcomer:
    outcome: Enrolled
    joining: Joining
    program: ProgramRules
    start: Start


@within_unit_of_work
def enroll_customer(*, origin: Origin, joining: Joining) -> Enrolled:
    """Make a customer a member of a program.

    A member already is a notice (1023) and changes nothing; tiers and points that cannot be given
    as asked are notices as well.

    Raises:
        ProgramUnknown: there is no such active program.
        PointsInvalid: the opening points cannot be read.
        LedgerDateInvalid: the enrolment is said to lie in the future.
        CustomerUnknown, CustomerMerged: there is nobody here.
    """
    [enrolled] = enroll_customers(origin=origin, joinings=[joining])
    if enrolled.refusal is not None:
        raise enrolled.refusal
    return enrolled


@within_unit_of_work
def enroll_customers(*, origin: Origin, joinings: Sequence[Joining]) -> list[Enrolled]:
    """Enrol a list: one outcome for each, in order; refused ones leave the others."""
    people = lock_people({joining.customer_id for joining in joinings})
    programs = get_programs(origin.org.pk)
    members = _members(people)
    outcomes, newcomers = [], []
    for joining in joinings:
        outcome = Enrolled()
        outcomes.append(outcome)
        try:
            program = _open_program(programs, joining.program_id)
            outcome.program_id = program.id
            standing(origin, people, joining.customer_id)
            pair = joining.customer_id, program.id
            if pair in members:
                outcome.notices = [Notice(notices.ENROLLED_ALREADY, program_id=program.id)]
                outcome.enrollment_id = members[pair]
                continue
            past_moment(joining.enrolled_at, "enrolled_at", now=origin.at)
            start = begin(joining, program, now=origin.at, zone=origin.org.zone)
        except DomainError as refusal:
            outcome.refusal = refusal
            continue
        # The same pair once more in this list meets itself.
        members[pair] = None
        outcome.is_new, outcome.notices = True, start.notices
        newcomers.append(_Newcomer(outcome, joining, program, start))
    _write(origin, newcomers)
    _give_first_points(origin, newcomers)
    return outcomes


def _members(people: People) -> dict[Pair, int | None]:
    """Who is a member of what; nobody can join behind the locks of the customers."""
    rows = Enrollment.objects.filter(customer_id__in=people).values_list(
        "customer_id", "program_id", "id"
    )
    return {(customer_id, program_id): pk for customer_id, program_id, pk in rows}


def _open_program(programs: Mapping[int, ProgramRules], program_id: int | None) -> ProgramRules:
    program = find_program(programs, program_id)
    if not program.is_active:
        raise errors.ProgramUnknown(program_id=program_id)
    return program


def _write(origin: Origin, newcomers: Sequence[_Newcomer]) -> None:
    for newcomer, pk in zip(newcomers, take_ids(Enrollment, len(newcomers)), strict=True):
        newcomer.outcome.enrollment_id = pk
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
                item.outcome.enrollment_id,
                origin.org.pk,
                item.joining.customer_id,
                item.program.id,
                item.joining.enrolled_at or origin.at,
                origin.actor_id,
                item.start.standing.tier.id,
                item.start.standing.expires_at,
                item.start.standing.basis,
                *(ZERO for _ in BALANCES),
            )
            for item in newcomers
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
                item.outcome.enrollment_id,
                item.start.standing.tier.id,
                item.start.standing.expires_at,
                TierChange.Reason.ENROLLED.value,
                origin.at,
                origin.actor_id,
            )
            for item in newcomers
        ],
    )
    record_events(origin=origin, events=[_event(item) for item in newcomers])


def _event(item: _Newcomer) -> NewEvent:
    return NewEvent(
        "loyalty.enrolled",
        "customer",
        item.joining.customer_id,
        after={"program": item.program.id, "tier": item.start.standing.tier.name},
    )


def _give_first_points(origin: Origin, newcomers: Sequence[_Newcomer]) -> None:
    asked: list[tuple[Enrolled, Movement]] = []
    for item in newcomers:
        for kind, points, expires_at in (
            ("OPENING", item.start.opening, item.joining.points_expire_at),
            ("BONUS", item.start.bonus, None),
        ):
            if points:
                movement = Movement(
                    customer_id=item.joining.customer_id,
                    program_id=item.program.id,
                    kind=kind,
                    points=points,
                    expires_at=expires_at,
                    issued_by_id=origin.actor_id,
                )
                asked.append((item.outcome, movement))
    if not asked:
        return
    posted = post_movements(origin=origin, movements=[movement for _, movement in asked])
    for (outcome, movement), given in zip(asked, posted, strict=True):
        if given.refusal is not None:
            # Customers are locked and members made: nothing is left to refuse.
            raise given.refusal
        if movement.kind == "BONUS":
            outcome.bonus = given
        else:
            outcome.opening = given
