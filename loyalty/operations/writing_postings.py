"""Writing what posting decided: tables in turn, each for the whole list."""

from collections.abc import Collection
from itertools import chain
from operator import itemgetter
from typing import Any

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty.models import (
    Enrollment,
    PointsAllocation,
    PointsEntry,
    PointsLot,
    TierChange,
)
from loyalty.models.enrollment import BALANCES
from loyalty.operations.members import Member, Writing
from loyalty.rules.ledger import Lot

_ENTRY_COLUMNS = (
    "id",
    "org_id",
    "enrollment_id",
    "kind",
    "points",
    "delayed",
    "purchases",
    "shortfall",
    "transaction_id",
    "transaction_number",
    "reference",
    "notes",
    "happened_at",
    "recorded_at",
    "entered_by_id",
)
_LOT_COLUMNS = (
    "id",
    "enrollment_id",
    "entry_id",
    "transaction_id",
    "kind",
    "awarded",
    "remaining",
    "awarded_at",
    "awarded_by_id",
    "is_delayed",
    "available_at",
    "expires_at",
    "promotion_name",
    "promotion_scope",
    "promotion_source_type",
    "promotion_source_id",
)


@within_unit_of_work
def write_members(*, origin: Origin, members: Collection[Member]) -> None:
    """Write entries, lots, balances, tiers and events of these locked members.

    The balances are written as computed under the lock; should they ever be wrong, the constraint
    that none is negative undoes the unit.
    """
    members = [member for member in members if member.writings or member.moves]
    pairs = [(member, writing) for member in members for writing in member.writings]
    _write_entries(origin, pairs)
    _write_lots(pairs)
    _write_balances(members)
    _write_moves(origin, members)
    record_events(
        origin=origin,
        events=[
            *(_event(member, writing) for member, writing in pairs),
            *chain.from_iterable(_tier_events(member) for member in members),
        ],
    )
    for member in members:
        member.writings, member.moves = [], []


def _write_entries(origin: Origin, pairs: list[tuple[Member, Writing]]) -> None:
    keys = take_ids(PointsEntry, len(pairs))
    rows = []
    for key, (member, writing) in zip(keys, pairs, strict=True):
        writing.entry_id = key
        line, movement = writing.line, writing.movement
        rows.append(
            (
                key,
                origin.org.pk,
                member.enrollment.pk,
                line.kind,
                line.points,
                line.delayed,
                line.purchases,
                line.shortfall,
                movement.transaction_id if movement else None,
                movement.transaction_number if movement else "",
                movement.reference if movement else "",
                movement.notes if movement else "",
                line.happened_at,
                origin.at,
                origin.actor_id,
            )
        )
    # In the order of the constraint, so that two units wait for each other in one direction only.
    rows.sort(key=itemgetter(_ENTRY_COLUMNS.index("reference")))
    bulk_insert(PointsEntry, _ENTRY_COLUMNS, rows)


def _write_lots(pairs: list[tuple[Member, Writing]]) -> None:
    made = [(member, writing, lot) for member, writing in pairs for lot in writing.line.made]
    for key, (_, _, lot) in zip(take_ids(PointsLot, len(made)), made, strict=True):
        lot.pk = key
    new = {lot.pk for _, _, lot in made}
    bulk_insert(PointsLot, _LOT_COLUMNS, [_lot_row(*item) for item in made])
    changed: dict[int | None, Lot] = {
        lot.pk: lot
        for member in {id(member): member for member, _ in pairs}.values()
        for lot in member.account.lots
        if lot.is_changed and lot.pk not in new
    }
    bulk_update(
        PointsLot,
        ("remaining", "is_delayed"),
        [(pk, lot.remaining, lot.is_delayed) for pk, lot in changed.items()],
    )
    bulk_insert(
        PointsAllocation,
        ("entry_id", "lot_id", "points"),
        [
            (writing.entry_id, lot.pk, part)
            for _, writing in pairs
            for lot, part in writing.line.taken
        ],
    )
    for lot in chain(changed.values(), (lot for _, _, lot in made)):
        lot.is_changed = False


def _lot_row(member: Member, writing: Writing, lot: Lot) -> tuple[Any, ...]:
    return (
        lot.pk,
        member.enrollment.pk,
        writing.entry_id,
        lot.transaction_id,
        lot.kind,
        lot.awarded,
        # As it is after everything in this unit, not as it was made.
        lot.remaining,
        lot.awarded_at,
        lot.awarded_by_id,
        lot.is_delayed,
        lot.available_at,
        lot.expires_at,
        lot.promotion.name,
        lot.promotion.scope,
        lot.promotion.source_type,
        lot.promotion.source_id,
    )


def _write_balances(members: Collection[Member]) -> None:
    bulk_update(
        Enrollment,
        ("tier_id", "tier_expires_at", "tier_basis", *BALANCES),
        [
            (
                member.enrollment.pk,
                member.standing.tier.id,
                member.standing.expires_at,
                member.standing.basis,
                *(getattr(member.account.balances, name) for name in BALANCES),
            )
            for member in members
        ],
    )


def _write_moves(origin: Origin, members: Collection[Member]) -> None:
    bulk_insert(
        TierChange,
        (
            "enrollment_id",
            "previous_tier_id",
            "tier_id",
            "expires_at",
            "reason",
            "changed_at",
            "changed_by_id",
        ),
        [
            (
                member.enrollment.pk,
                move.previous.id if move.previous else None,
                move.tier.id,
                move.expires_at,
                move.reason,
                move.at,
                origin.actor_id,
            )
            for member in members
            for move in member.moves
        ],
    )


def _event(member: Member, writing: Writing) -> NewEvent:
    line = writing.line
    after = {
        "program": member.program.id,
        "entry": writing.entry_id,
        "points": str(line.points),
        "delayed": str(line.delayed),
        "purchases": str(line.purchases),
    }
    if writing.movement and writing.movement.notes:
        after["notes"] = writing.movement.notes
    return NewEvent(
        f"points.{line.kind.lower()}", "customer", member.enrollment.customer_id, after=after
    )


def _tier_events(member: Member) -> list[NewEvent]:
    return [
        NewEvent(
            f"tier.{move.reason.lower()}",
            "customer",
            member.enrollment.customer_id,
            before={"tier": move.previous.name if move.previous else None},
            after={"program": member.program.id, "tier": move.tier.name},
        )
        for move in member.moves
    ]
