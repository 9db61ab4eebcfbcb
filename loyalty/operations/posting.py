"""Moving points: the one way into the ledger, for one movement and for thousands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from crm.kernel.errors import DomainError
from crm.kernel.transactions import broken_constraint, within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.models import PointsEntry
from loyalty.operations.carrying_out import carry_out
from loyalty.operations.members import (
    Member,
    Pair,
    Writing,
    load_bills,
    lock_members,
    look_at_members,
)
from loyalty.operations.people import People, lock_people, look_at_people, standing
from loyalty.operations.writing_postings import write_members
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.fraud import is_refused
from loyalty.rules.movements import REFUSED_TO_FRAUD, Movement, clean_movement
from loyalty.rules.programs import ProgramRules


@dataclass(slots=True)
class Posted:
    """What became of one movement; ``refusal`` says why nothing did.

    ``points`` and ``delayed`` are what the balances changed by; ``balance`` is what can be spent
    afterwards. ``is_repeat``: it was done before, under the same reference.
    """

    entry_id: int | None = None
    enrollment_id: int | None = None
    program_id: int | None = None
    points: Decimal = ZERO
    delayed: Decimal = ZERO
    shortfall: Decimal = ZERO
    balance: Decimal | None = None
    expires_at: datetime | None = None
    is_repeat: bool = False
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What a member has at a moment; ``delayed`` cannot be spent yet."""

    points: Decimal
    delayed: Decimal
    purchases: Decimal
    tier: str


@dataclass(slots=True)
class Foreseen:
    """What a movement would do now; ``refusal`` says why it would do nothing.

    ``expires_at`` is when the points would expire that it gives. Without a membership there is
    neither before nor after.
    """

    program: ProgramRules | None = None
    before: State | None = None
    after: State | None = None
    expires_at: datetime | None = None
    refusal: DomainError | None = None


@within_unit_of_work
def post_movement(*, origin: Origin, movement: Movement) -> Posted:
    """Move the points of one customer.

    Raises:
        InsufficientPoints: fewer can be spent; what expired or waits does not count.
        NotEnrolled, ProgramUnknown: there is no such membership.
        MarkedAsFraud: a redemption or goodwill for a customer marked as fraud.
        ReferenceUsedOtherwise: the reference belongs to another movement, or another member's.
        CustomerUnknown, CustomerMerged: there is nobody here.
        PointsInvalid, AmountInvalid, LedgerTextInvalid, LedgerDateInvalid: it cannot be read.
    """
    [posted] = post_movements(origin=origin, movements=[movement])
    if posted.refusal is not None:
        raise posted.refusal
    return posted


@within_unit_of_work
def post_movements(*, origin: Origin, movements: Sequence[Movement]) -> list[Posted]:
    """Move points: one outcome for each movement, in order; refused ones leave the others.

    Movements of one member see those before them. Whatever matured or expired by ``origin.at``
    is written first, so it makes no difference when the sweeps ran.
    """
    items = [_Item(movement, Posted()) for movement in movements]
    for item in items:
        _prepare(origin, item)
    ready = [item for item in items if item.posted.refusal is None]
    people = lock_people({item.movement.customer_id for item in ready})
    _post_each_reference_once(origin, ready, people)
    for item in ready:
        if item.posted.refusal is None:
            _report(item)
    return [item.posted for item in items]


def plan_movements(*, origin: Origin, movements: Sequence[Movement]) -> list[Foreseen]:
    """Say what ``post_movements`` would do, and write nothing.

    Each is foreseen as if it were the only one, after whatever is due by ``origin.at``.
    """
    items = [_Item(movement, Posted()) for movement in movements]
    for item in items:
        _prepare(origin, item)
    ready = [item for item in items if item.posted.refusal is None]
    people = look_at_people({item.movement.customer_id for item in ready})
    members = look_at_members(org_id=origin.org.pk, pairs={item.pair for item in ready})
    load_bills(members.values(), {bill for item in ready if (bill := item.movement.returned_id)})
    done = _done_before(origin, ready)
    return [_foresee(origin, item, people, members, done) for item in items]


@dataclass(slots=True)
class _Item:
    movement: Movement
    posted: Posted
    pair: Pair = (0, 0)
    member: Member | None = None
    writing: Writing | None = None
    first: "_Item | None" = None

    def forget(self) -> None:
        """Be as it was before anything was decided."""
        self.posted = Posted(program_id=self.posted.program_id)
        self.member = self.writing = self.first = None


@dataclass(frozen=True, slots=True)
class _Done:
    """An entry that was written under a reference before."""

    entry_id: int
    enrollment_id: int
    kind: str
    points: Decimal
    delayed: Decimal
    shortfall: Decimal


def _prepare(origin: Origin, item: _Item) -> None:
    try:
        item.movement = clean_movement(item.movement, now=origin.at)
        program = find_program(get_programs(origin.org.pk), item.movement.program_id)
    except DomainError as refusal:
        item.posted.refusal = refusal
    else:
        item.pair = item.movement.customer_id, program.id
        item.posted.program_id = program.id


def _post_each_reference_once(origin: Origin, items: Sequence[_Item], people: People) -> None:
    # The locks hold off whoever moves points of these customers, but not a unit that uses one of
    # the references for somebody else. When that unit was faster, everything is decided again,
    # and its entry is found; so each round but the last has met one more of the references.
    for _ in {item.movement.reference for item in items} - {""}:
        try:
            with transaction.atomic():
                _post(origin, items, people)
        except IntegrityError as clash:
            if broken_constraint(clash) != "points_entry_reference_once":
                raise
            for item in items:
                item.forget()
        else:
            return
    _post(origin, items, people)


def _post(origin: Origin, items: Sequence[_Item], people: People) -> None:
    members = lock_members(org_id=origin.org.pk, pairs={item.pair for item in items})
    load_bills(members.values(), {bill for item in items if (bill := item.movement.returned_id)})
    done = _done_before(origin, items)
    for member in members.values():
        member.settle(origin.at, origin.org.zone)
    for item in items:
        try:
            _do(origin, item, people, members, done)
        except DomainError as refusal:
            item.posted.refusal = refusal
    write_members(origin=origin, members=members.values())


def _done_before(origin: Origin, items: Sequence[_Item]) -> dict[str, _Done | _Item]:
    """What was done under these references, read under the locks."""
    references = {item.movement.reference for item in items} - {""}
    if not references:
        return {}
    rows = PointsEntry.objects.filter(org_id=origin.org.pk, reference__in=references).values_list(
        "reference", "id", "enrollment_id", "kind", "points", "delayed", "shortfall"
    )
    return {row[0]: _Done(*row[1:]) for row in rows}


def _do(
    origin: Origin,
    item: _Item,
    people: People,
    members: Mapping[Pair, Member],
    done: dict[str, _Done | _Item],
) -> None:
    movement = item.movement
    customer = standing(origin, people, movement.customer_id)
    if movement.kind in REFUSED_TO_FRAUD and is_refused(customer.fraud_status):
        raise errors.MarkedAsFraud(customer_id=customer.pk)
    member = item.member = members.get(item.pair)
    if member is None:
        raise errors.NotEnrolled(customer_id=item.pair[0], program_id=item.pair[1])
    before = done.get(movement.reference)
    if isinstance(before, _Done):
        _repeat(item, member, before)
    elif before is not None:
        _check_same(
            movement, before.movement.kind, before.movement.points, before.pair == item.pair
        )
        item.first = before
    else:
        item.writing = carry_out(member, movement, now=origin.at, zone=origin.org.zone)
        item.posted.balance = member.account.balances.points
        if movement.reference:
            done[movement.reference] = item


def _repeat(item: _Item, member: Member, before: _Done) -> None:
    moved = abs(before.points + before.delayed) + before.shortfall
    is_theirs = before.enrollment_id == member.enrollment.pk
    _check_same(item.movement, before.kind, moved, is_theirs)
    posted = item.posted
    posted.is_repeat = True
    posted.entry_id, posted.enrollment_id = before.entry_id, before.enrollment_id
    posted.points, posted.delayed = before.points, before.delayed
    posted.shortfall = before.shortfall
    posted.balance = member.account.balances.points


def _check_same(movement: Movement, kind: str, points: Decimal | None, is_theirs: bool) -> None:
    asked = movement.points
    is_other = asked is not None and points is not None and abs(asked) != abs(points)
    if is_other or movement.kind != kind or not is_theirs:
        raise errors.ReferenceUsedOtherwise(reference=movement.reference)


def _report(item: _Item) -> None:
    if item.first is not None:
        _report(item.first)
        first, refusal = item.first.posted, item.posted.refusal
        item.posted = replace(first, is_repeat=True, refusal=refusal)
    elif item.writing is not None and item.member is not None:
        line, posted = item.writing.line, item.posted
        posted.entry_id, posted.enrollment_id = item.writing.entry_id, item.member.enrollment.pk
        posted.points, posted.delayed = line.points, line.delayed
        posted.shortfall = line.shortfall
        posted.expires_at = line.made[0].expires_at if line.made else None


def _foresee(
    origin: Origin,
    item: _Item,
    people: People,
    members: Mapping[Pair, Member],
    done: Mapping[str, _Done | _Item],
) -> Foreseen:
    foreseen = Foreseen(refusal=item.posted.refusal)
    if foreseen.refusal is not None:
        return foreseen
    foreseen.program = get_programs(origin.org.pk)[item.pair[1]]
    member = members[item.pair].alone() if item.pair in members else None
    if member is not None:
        member.settle(origin.at, origin.org.zone)
        foreseen.before = _state(member)
    try:
        _do(origin, item, people, {} if member is None else {item.pair: member}, dict(done))
    except DomainError as refusal:
        foreseen.refusal = refusal
    if member is not None:
        foreseen.after = _state(member)
    if item.writing is not None and item.writing.line.made:
        foreseen.expires_at = item.writing.line.made[0].expires_at
    return foreseen


def _state(member: Member) -> State:
    has = member.account.balances
    return State(has.points, has.delayed, has.purchases, member.standing.tier.name)
