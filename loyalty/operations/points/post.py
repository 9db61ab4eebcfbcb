"""Post movements of points: the only way into the ledger, for one or for thousands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db import IntegrityError, transaction

from crm.kernel.errors import DomainError
from crm.kernel.transactions import get_broken_constraint, within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import CustomersById, get_active_customer, load_customers
from customers.queries.status_effects import StatusEffects, get_status_effects
from customers.rules.end_points import POINTS
from loyalty import errors
from loyalty.models import PointsEntry
from loyalty.operations.enrollments.lock import (
    EnrollmentKey,
    EnrollmentState,
    PendingEntry,
    load_enrollments,
    load_returned_purchases,
    lock_enrollments,
)
from loyalty.operations.points.apply_movement import apply_movement
from loyalty.operations.points.write import write_enrollments
from loyalty.queries.customer_blocks import check_block, check_end_point
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.movements import BLOCKABLE_KINDS, Movement, clean_movement
from loyalty.rules.programs import ProgramRules


@dataclass(slots=True)
class PostingResult:
    """The result of one movement, or its refusal.

    ``points`` and ``delayed`` are the changes of the balances; ``balance`` is the spendable
    balance afterwards. ``is_repeat``: the movement was posted before with the same reference.
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
class BalanceSnapshot:
    """The balances and tier of an enrollment at a moment; ``delayed`` cannot be spent yet."""

    points: Decimal
    delayed: Decimal
    purchases: Decimal
    tier: str


# The movements that follow from one that was posted, for the same enrollment.
FollowUps = Callable[[int, PostingResult, int], Sequence[Movement]]


@dataclass(slots=True)
class PlannedMovement:
    """What a movement would do now, or why it would be refused.

    ``expires_at`` is the expiry of the points it would award. ``before`` and ``after`` are None
    if the customer is not enrolled.
    """

    program: ProgramRules | None = None
    before: BalanceSnapshot | None = None
    after: BalanceSnapshot | None = None
    expires_at: datetime | None = None
    refusal: DomainError | None = None


@within_unit_of_work
def post_movement(*, origin: Origin, movement: Movement) -> PostingResult:
    """Move the points of one customer.

    Raises:
        InsufficientPoints: fewer points can be spent; expired and delayed ones do not count.
        NotEnrolled, ProgramUnknown: there is no such enrollment.
        MarkedAsFraud: a redemption or goodwill for a customer marked as fraud.
        ConfirmedAsFraud: points earned by a customer confirmed as fraud.
        StatusBlocksEarning, StatusBlocksRedeeming, StatusBlocksGoodwill: the customer's status
            label blocks it.
        ReferenceUsedOtherwise: the reference belongs to another movement or enrollment.
        CustomerUnknown, CustomerMerged: there is no such active customer.
        PointsInvalid, AmountInvalid, LedgerTextInvalid, LedgerDateInvalid: a value is invalid.
    """
    [result] = post_movements(origin=origin, movements=[movement])
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def post_movements(*, origin: Origin, movements: Sequence[Movement]) -> list[PostingResult]:
    """Post movements; return one result for each, in order. A refusal affects no other.

    Each movement sees the earlier ones of the same enrollment. Points that matured or expired by
    ``origin.at`` are entered first, so the result does not depend on when the worker ran.
    """
    items = [_Item(movement, PostingResult()) for movement in movements]
    _prepare_items(origin, items)
    ready = [item for item in items if item.result.refusal is None]
    customers = lock_customers({item.movement.customer_id for item in ready})
    _post_with_unique_references(origin, ready, customers)
    for item in ready:
        if item.result.refusal is None:
            _fill_result(item)
    return [item.result for item in items]


def plan_movements(
    *,
    origin: Origin,
    movements: Sequence[Movement],
    list_follow_ups: FollowUps = lambda place, result, tier_id: (),
) -> list[PlannedMovement]:
    """Return what ``post_movements`` would do, and write nothing.

    Each movement is planned as if it were the only one, after what is due by ``origin.at``, and
    with the movements that would follow from it: ``list_follow_ups`` gets its place in the list,
    its result, and the tier that the customer then has.
    """
    items = [_Item(movement, PostingResult()) for movement in movements]
    _prepare_items(origin, items)
    ready = [item for item in items if item.result.refusal is None]
    customers = load_customers({item.movement.customer_id for item in ready})
    enrollments = load_enrollments(
        org_id=origin.org.pk, keys={item.key for item in ready}, now=origin.at
    )
    load_returned_purchases(
        enrollments.values(),
        {transaction_id for item in ready if (transaction_id := item.movement.returned_id)},
    )
    prior_entries = _load_prior_entries(origin, ready)
    configuration = get_programs(origin.org.pk), get_status_effects(origin.org.pk)
    return [
        _plan_item(
            origin,
            item,
            customers,
            *configuration,
            enrollments,
            prior_entries,
            partial(list_follow_ups, place),
        )
        for place, item in enumerate(items)
    ]


@dataclass(slots=True)
class _Item:
    movement: Movement
    result: PostingResult
    key: EnrollmentKey = (0, 0)
    enrollment: EnrollmentState | None = None
    pending: PendingEntry | None = None
    repeated_item: "_Item | None" = None

    def reset(self) -> None:
        """Reset the item to its state before the decision."""
        self.result = PostingResult(program_id=self.result.program_id)
        self.enrollment = self.pending = self.repeated_item = None


@dataclass(frozen=True, slots=True)
class _PriorEntry:
    """An existing entry with the same reference."""

    entry_id: int
    enrollment_id: int
    kind: str
    points: Decimal
    delayed: Decimal
    shortfall: Decimal


def _prepare_items(origin: Origin, items: Sequence[_Item]) -> None:
    # Once for the list: even a cached look-up asks the cache that all processes share.
    programs = get_programs(origin.org.pk)
    for item in items:
        try:
            item.movement = clean_movement(item.movement, now=origin.at)
            program = find_program(programs, item.movement.program_id)
        except DomainError as refusal:
            item.result.refusal = refusal.detached()
        else:
            item.key = item.movement.customer_id, program.id
            item.result.program_id = program.id


def _post_with_unique_references(
    origin: Origin, items: Sequence[_Item], customers: CustomersById
) -> None:
    # The locks block other movements of these customers, but not a unit of work that uses one of
    # the references for another customer. If that unit commits first, all items are decided again
    # and find its entry. Each retry finds at least one more of the references.
    for _ in {item.movement.reference for item in items} - {""}:
        try:
            with transaction.atomic():
                _post_items(origin, items, customers)
        except IntegrityError as clash:
            if get_broken_constraint(clash) != "points_entry_reference_once":
                raise
            for item in items:
                item.reset()
        else:
            return
    _post_items(origin, items, customers)


def _post_items(origin: Origin, items: Sequence[_Item], customers: CustomersById) -> None:
    enrollments = lock_enrollments(
        org_id=origin.org.pk, keys={item.key for item in items}, now=origin.at
    )
    load_returned_purchases(
        enrollments.values(),
        {transaction_id for item in items if (transaction_id := item.movement.returned_id)},
    )
    prior_entries = _load_prior_entries(origin, items)
    for enrollment in enrollments.values():
        enrollment.settle(origin.at, origin.org.zone)
    effects = get_status_effects(origin.org.pk)
    for item in items:
        try:
            _apply_item(origin, item, customers, effects, enrollments, prior_entries)
        except DomainError as refusal:
            item.result.refusal = refusal.detached()
    write_enrollments(origin=origin, enrollments=enrollments.values())


def _load_prior_entries(origin: Origin, items: Sequence[_Item]) -> dict[str, _PriorEntry | _Item]:
    """Load the entries that have these references; called under the locks."""
    references = {item.movement.reference for item in items} - {""}
    if not references:
        return {}
    rows = PointsEntry.objects.filter(org_id=origin.org.pk, reference__in=references).values_list(
        "reference", "id", "enrollment_id", "kind", "points", "delayed", "shortfall"
    )
    return {row[0]: _PriorEntry(*row[1:]) for row in rows}


def _apply_item(
    origin: Origin,
    item: _Item,
    customers: CustomersById,
    effects: StatusEffects,
    enrollments: Mapping[EnrollmentKey, EnrollmentState],
    prior_entries: dict[str, _PriorEntry | _Item],
) -> None:
    movement = item.movement
    customer = get_active_customer(origin, customers, movement.customer_id)
    if movement.kind in BLOCKABLE_KINDS:
        check_block(effects, customer, BLOCKABLE_KINDS[movement.kind])
        check_end_point(customer, POINTS)
    enrollment = item.enrollment = enrollments.get(item.key)
    if enrollment is None:
        raise errors.NotEnrolled(customer_id=item.key[0], program_id=item.key[1])
    prior = prior_entries.get(movement.reference)
    if isinstance(prior, _PriorEntry):
        _fill_repeated_result(item, enrollment, prior)
    elif prior is not None:
        _check_same_movement(
            movement, prior.movement.kind, prior.movement.points, prior.key == item.key
        )
        item.repeated_item = prior
    else:
        item.pending = apply_movement(enrollment, movement, now=origin.at, zone=origin.org.zone)
        item.result.balance = enrollment.account.balances.points
        if movement.reference:
            prior_entries[movement.reference] = item


def _fill_repeated_result(item: _Item, enrollment: EnrollmentState, prior: _PriorEntry) -> None:
    moved_points = abs(prior.points + prior.delayed) + prior.shortfall
    is_same_enrollment = prior.enrollment_id == enrollment.row.pk
    _check_same_movement(item.movement, prior.kind, moved_points, is_same_enrollment)
    result = item.result
    result.is_repeat = True
    result.entry_id, result.enrollment_id = prior.entry_id, prior.enrollment_id
    result.points, result.delayed = prior.points, prior.delayed
    result.shortfall = prior.shortfall
    result.balance = enrollment.account.balances.points


def _check_same_movement(
    movement: Movement, kind: str, points: Decimal | None, is_same_enrollment: bool
) -> None:
    requested_points = movement.points
    has_other_points = (
        requested_points is not None and points is not None and abs(requested_points) != abs(points)
    )
    if has_other_points or movement.kind != kind or not is_same_enrollment:
        raise errors.ReferenceUsedOtherwise(reference=movement.reference)


def _fill_result(item: _Item) -> None:
    if item.repeated_item is not None:
        _fill_result(item.repeated_item)
        first, refusal = item.repeated_item.result, item.result.refusal
        item.result = replace(first, is_repeat=True, refusal=refusal)
    elif item.pending is not None and item.enrollment is not None:
        item.result = build_posting_result(item.enrollment, item.pending, item.result.balance)


def build_posting_result(
    enrollment: EnrollmentState, pending: PendingEntry, balance: Decimal | None
) -> PostingResult:
    """Build the result of a movement whose entry is written."""
    entry = pending.entry
    return PostingResult(
        entry_id=pending.entry_id,
        enrollment_id=enrollment.row.pk,
        program_id=enrollment.program.id,
        points=entry.points,
        delayed=entry.delayed,
        shortfall=entry.shortfall,
        balance=balance,
        expires_at=entry.new_lots[0].expires_at if entry.new_lots else None,
    )


def _plan_item(
    origin: Origin,
    item: _Item,
    customers: CustomersById,
    programs: Mapping[int, ProgramRules],
    effects: StatusEffects,
    enrollments: Mapping[EnrollmentKey, EnrollmentState],
    prior_entries: Mapping[str, _PriorEntry | _Item],
    list_follow_ups: Callable[[PostingResult, int], Sequence[Movement]],
) -> PlannedMovement:
    planned = PlannedMovement(refusal=item.result.refusal)
    if planned.refusal is not None:
        return planned
    planned.program = programs[item.key[1]]
    enrollment = enrollments[item.key].copy() if item.key in enrollments else None
    if enrollment is not None:
        enrollment.settle(origin.at, origin.org.zone)
        planned.before = _take_snapshot(enrollment)
    try:
        _apply_item(
            origin,
            item,
            customers,
            effects,
            {} if enrollment is None else {item.key: enrollment},
            dict(prior_entries),
        )
    except DomainError as refusal:
        planned.refusal = refusal.detached()
    if enrollment is not None:
        if item.pending is not None:
            _fill_result(item)
            for movement in list_follow_ups(item.result, enrollment.tier_state.tier.id):
                clean = clean_movement(movement, now=origin.at)
                apply_movement(enrollment, clean, now=origin.at, zone=origin.org.zone)
        planned.after = _take_snapshot(enrollment)
    if item.pending is not None and item.pending.entry.new_lots:
        planned.expires_at = item.pending.entry.new_lots[0].expires_at
    return planned


def _take_snapshot(enrollment: EnrollmentState) -> BalanceSnapshot:
    balances = enrollment.account.balances
    return BalanceSnapshot(
        balances.points, balances.delayed, balances.purchases, enrollment.tier_state.tier.name
    )
