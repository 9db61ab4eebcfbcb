"""Transfer points from one customer to another within a program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from crm.kernel.bulk import bulk_insert, take_ids
from crm.kernel.errors import DomainError
from crm.kernel.transactions import get_broken_constraint, within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import CustomersById, get_active_customer
from customers.queries.status_effects import StatusEffects, get_status_effects
from customers.rules.end_points import POINTS
from customers.rules.status_effects import TRANSFERS
from loyalty import errors
from loyalty.models import PointsEntry, PointsTransfer
from loyalty.operations.enrollments.lock import (
    EnrollmentKey,
    EnrollmentState,
    PendingEntry,
    lock_enrollments,
)
from loyalty.operations.points.write import write_enrollments
from loyalty.queries.customer_blocks import check_block, check_end_point
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.ledger import LedgerEntry, Lot
from loyalty.rules.movements import Movement, read_positive_points, read_short_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A transfer of points to be made; ``program_id`` None means the default program.

    ``reference`` is the caller's own key: a transfer with the same reference is not repeated.
    """

    from_customer_id: int
    to_customer_id: int
    points: Any
    program_id: int | None = None
    notes: str = ""
    reference: str = ""


@dataclass(slots=True)
class TransferResult:
    """The result of one transfer, or its refusal.

    ``is_repeat``: the transfer was made before with the same reference.
    """

    transfer_id: int | None = None
    from_balance: Decimal | None = None
    to_balance: Decimal | None = None
    is_repeat: bool = False
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Item:
    outcome: TransferResult
    transfer: Transfer
    program_id: int
    pending_entries: tuple[PendingEntry, PendingEntry] | None = None

    def reset(self) -> None:
        """Reset the item to its state before the decision; the caller holds the outcome."""
        outcome, self.pending_entries = self.outcome, None
        outcome.transfer_id = outcome.from_balance = outcome.to_balance = None
        outcome.is_repeat, outcome.refusal = False, None

    @property
    def enrollment_keys(self) -> tuple[EnrollmentKey, EnrollmentKey]:
        return (
            (self.transfer.from_customer_id, self.program_id),
            (self.transfer.to_customer_id, self.program_id),
        )


@within_unit_of_work
def transfer_points(*, origin: Origin, transfer: Transfer) -> TransferResult:
    """Transfer points from one customer to another; the points keep their expiry.

    Raises:
        InsufficientPoints: fewer points can be spent.
        NotEnrolled, ProgramUnknown: one of the customers is not enrolled in the program.
        MarkedAsFraud: one of the customers is marked as fraud.
        StatusBlocksTransfers: the status label of one of the customers blocks it.
        TransferToSelf: both sides are the same customer.
        ReferenceUsedOtherwise: the reference belongs to another transfer or movement.
        CustomerUnknown, CustomerMerged: one of the customers does not exist or was merged.
        PointsInvalid, LedgerTextInvalid: a value is invalid.
    """
    [result] = transfer_points_in_bulk(origin=origin, transfers=[transfer])
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def plan_transfer(*, origin: Origin, transfer: Transfer) -> TransferResult:
    """Return what ``transfer_points`` would do now, and undo it.

    Raises the refusals of ``transfer_points``.
    """
    with transaction.atomic():
        planned = transfer_points(origin=origin, transfer=transfer)
        transaction.set_rollback(True)
    return planned


@within_unit_of_work
def transfer_points_in_bulk(
    *, origin: Origin, transfers: Sequence[Transfer]
) -> list[TransferResult]:
    """Transfer points; return one result for each, in order. A refusal affects no other."""
    outcomes, items = _prepare_items(origin, transfers)
    customers = lock_customers(
        {customer_id for item in items for customer_id, _ in item.enrollment_keys}
    )
    _transfer_with_unique_references(origin, items, customers)
    return outcomes


def _transfer_with_unique_references(
    origin: Origin, items: Sequence[_Item], customers: CustomersById
) -> None:
    # As in posting: the locks do not block a unit of work that uses one of the references for
    # another customer. If that unit commits first, all items are decided again and find it.
    for _ in {item.transfer.reference for item in items} - {""}:
        try:
            with transaction.atomic():
                _transfer_items(origin, items, customers)
        except IntegrityError as clash:
            if get_broken_constraint(clash) != "points_entry_reference_once":
                raise
            for item in items:
                item.reset()
        else:
            return
    _transfer_items(origin, items, customers)


def _transfer_items(origin: Origin, items: Sequence[_Item], customers: CustomersById) -> None:
    keys = {key for item in items for key in item.enrollment_keys}
    enrollments = lock_enrollments(org_id=origin.org.pk, keys=keys, now=origin.at)
    prior_transfers = _load_prior_transfers(origin, items)
    for enrollment in enrollments.values():
        enrollment.settle(origin.at, origin.org.zone)
    effects = get_status_effects(origin.org.pk)
    for item in items:
        try:
            if not _check_repeat(item, prior_transfers):
                _move_points(origin, item, customers, effects, enrollments)
                if item.transfer.reference:
                    prior_transfers[item.transfer.reference] = _PriorTransfer(
                        item.outcome, item.enrollment_keys, item.transfer.points
                    )
        except DomainError as refusal:
            item.outcome.refusal = refusal.detached()
    write_enrollments(origin=origin, enrollments=enrollments.values())
    _write_transfers(
        origin,
        [(item, *item.pending_entries) for item in items if item.pending_entries is not None],
    )
    _fill_repeated_outcomes(items, enrollments, prior_transfers)


def _prepare_items(
    origin: Origin, transfers: Sequence[Transfer]
) -> tuple[list[TransferResult], list[_Item]]:
    outcomes, items = [], []
    programs = get_programs(origin.org.pk)
    for transfer in transfers:
        outcome = TransferResult()
        outcomes.append(outcome)
        try:
            clean = Transfer(
                from_customer_id=transfer.from_customer_id,
                to_customer_id=transfer.to_customer_id,
                points=read_positive_points(transfer.points),
                notes=read_short_text(transfer.notes, "notes", max_length=255),
                reference=read_short_text(transfer.reference, "reference", max_length=100),
            )
            if clean.from_customer_id == clean.to_customer_id:
                raise errors.TransferToSelf()
            program = find_program(programs, transfer.program_id)
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
        else:
            items.append(_Item(outcome, clean, program.id))
    return outcomes, items


@dataclass(frozen=True, slots=True)
class _PriorTransfer:
    """A transfer with the same reference: written earlier, or made by this call."""

    outcome: TransferResult
    enrollment_keys: tuple[EnrollmentKey, EnrollmentKey] | None
    points: Decimal | None


def _load_prior_transfers(origin: Origin, items: Sequence[_Item]) -> dict[str, _PriorTransfer]:
    """Load the transfers that have these references; called under the locks."""
    references = {item.transfer.reference for item in items} - {""}
    if not references:
        return {}
    rows = PointsEntry.objects.filter(org_id=origin.org.pk, reference__in=references).values_list(
        "reference",
        "transfer_out__pk",
        "transfer_out__program_id",
        "transfer_out__from_customer_id",
        "transfer_out__to_customer_id",
        "transfer_out__points",
    )
    return {
        reference: _PriorTransfer(
            TransferResult(pk), ((giver, program), (receiver, program)) if pk else None, points
        )
        for reference, pk, program, giver, receiver, points in rows
    }


def _check_repeat(item: _Item, prior_transfers: Mapping[str, _PriorTransfer]) -> bool:
    """Whether the transfer repeats one with the same reference."""
    prior = prior_transfers.get(item.transfer.reference)
    if prior is None:
        return False
    if (prior.enrollment_keys, prior.points) != (item.enrollment_keys, item.transfer.points):
        raise errors.ReferenceUsedOtherwise(reference=item.transfer.reference)
    item.outcome.is_repeat = True
    return True


def _fill_repeated_outcomes(
    items: Sequence[_Item],
    enrollments: Mapping[EnrollmentKey, EnrollmentState],
    prior_transfers: Mapping[str, _PriorTransfer],
) -> None:
    for item in items:
        if item.outcome.is_repeat:
            giver, receiver = (enrollments[key] for key in item.enrollment_keys)
            item.outcome.transfer_id = prior_transfers[item.transfer.reference].outcome.transfer_id
            item.outcome.from_balance = giver.account.balances.points
            item.outcome.to_balance = receiver.account.balances.points


def _move_points(
    origin: Origin,
    item: _Item,
    customers: CustomersById,
    effects: StatusEffects,
    enrollments: Mapping[EnrollmentKey, EnrollmentState],
) -> None:
    giver, receiver = (
        _get_enrollment(origin, key, customers, effects, enrollments)
        for key in item.enrollment_keys
    )
    outgoing = giver.account.spend("TRANSFER_OUT", item.transfer.points, at=origin.at)
    metric_before = receiver.get_tier_metric()
    incoming = receiver.account.credit(
        "TRANSFER_IN", _build_received_lots(origin, outgoing), at=origin.at
    )
    receiver.raise_tier(metric_before, at=origin.at, zone=origin.org.zone)
    item.pending_entries = (
        giver.record(outgoing, _build_movement(item, item.transfer.from_customer_id, is_out=True)),
        receiver.record(
            incoming, _build_movement(item, item.transfer.to_customer_id, is_out=False)
        ),
    )
    item.outcome.from_balance = giver.account.balances.points
    item.outcome.to_balance = receiver.account.balances.points


def _get_enrollment(
    origin: Origin,
    key: EnrollmentKey,
    customers: CustomersById,
    effects: StatusEffects,
    enrollments: Mapping[EnrollmentKey, EnrollmentState],
) -> EnrollmentState:
    customer = get_active_customer(origin, customers, key[0])
    check_block(effects, customer, TRANSFERS)
    check_end_point(customer, POINTS)
    enrollment = enrollments.get(key)
    if enrollment is None:
        raise errors.NotEnrolled(customer_id=key[0], program_id=key[1])
    return enrollment


def _build_received_lots(origin: Origin, outgoing: LedgerEntry) -> list[Lot]:
    """Build one lot for each expiry of the received points."""
    lots: dict[Any, Lot] = {}
    for source, points in outgoing.allocations:
        lot = lots.get(source.expires_at)
        if lot is None:
            lot = lots[source.expires_at] = Lot(
                kind="REGULAR",
                awarded=points,
                remaining=points,
                awarded_at=origin.at,
                available_at=origin.at,
                expires_at=source.expires_at,
                awarded_by_id=origin.actor_id,
            )
        else:
            lot.awarded += points
            lot.remaining += points
    return list(lots.values())


def _build_movement(item: _Item, customer_id: int, *, is_out: bool) -> Movement:
    """Build one side of the transfer; only the giving side has the reference, which is unique."""
    return Movement(
        customer_id=customer_id,
        kind="TRANSFER",
        notes=item.transfer.notes,
        reference=item.transfer.reference if is_out else "",
    )


def _write_transfers(
    origin: Origin, transfers: Sequence[tuple[_Item, PendingEntry, PendingEntry]]
) -> None:
    rows = []
    ids = take_ids(PointsTransfer, len(transfers))
    for pk, (item, outgoing, incoming) in zip(ids, transfers, strict=True):
        item.outcome.transfer_id = pk
        rows.append(
            (
                pk,
                origin.org.pk,
                item.program_id,
                item.transfer.from_customer_id,
                item.transfer.to_customer_id,
                item.transfer.points,
                outgoing.entry_id,
                incoming.entry_id,
                item.transfer.notes,
                origin.at,
                origin.actor_id,
            )
        )
    bulk_insert(
        PointsTransfer,
        (
            "id",
            "org_id",
            "program_id",
            "from_customer_id",
            "to_customer_id",
            "points",
            "out_entry_id",
            "in_entry_id",
            "notes",
            "transferred_at",
            "transferred_by_id",
        ),
        rows,
    )
