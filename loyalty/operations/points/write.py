"""Write the changes that posting decided: one statement per table for the whole list."""

from collections.abc import Collection
from itertools import chain
from operator import itemgetter
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty.models import (
    Enrollment,
    PointsAllocation,
    PointsEntry,
    PointsLot,
    PointsRedemption,
    TierChange,
)
from loyalty.models.enrollment import BALANCES
from loyalty.operations.enrollments.lock import EnrollmentState, PendingEntry
from loyalty.rules.amounts import ZERO
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
def write_enrollments(*, origin: Origin, enrollments: Collection[EnrollmentState]) -> None:
    """Write the entries, lots, balances, tiers and events of these locked enrollments.

    The balances are written as computed under the lock. If one were negative, the constraint
    would undo the unit of work.
    """
    enrollments = [
        enrollment
        for enrollment in enrollments
        if enrollment.pending_entries or enrollment.tier_transitions
    ]
    pairs = [
        (enrollment, pending)
        for enrollment in enrollments
        for pending in enrollment.pending_entries
    ]
    _write_entries(origin, pairs)
    _write_lots(pairs)
    _write_balances(enrollments)
    _write_tier_changes(origin, enrollments)
    record_events(
        origin=origin,
        events=[
            *(_build_points_event(enrollment, pending) for enrollment, pending in pairs),
            *chain.from_iterable(_build_tier_events(enrollment) for enrollment in enrollments),
        ],
    )
    for enrollment in enrollments:
        enrollment.pending_entries, enrollment.tier_transitions = [], []


def _write_entries(origin: Origin, pairs: list[tuple[EnrollmentState, PendingEntry]]) -> None:
    keys = take_ids(PointsEntry, len(pairs))
    rows = []
    for key, (enrollment, pending) in zip(keys, pairs, strict=True):
        pending.entry_id = key
        entry, movement = pending.entry, pending.movement
        rows.append(
            (
                key,
                origin.org.pk,
                enrollment.row.pk,
                entry.kind,
                entry.points,
                entry.delayed,
                entry.purchases,
                entry.shortfall,
                movement.transaction_id if movement else None,
                movement.transaction_number if movement else "",
                movement.reference if movement else "",
                movement.notes if movement else "",
                entry.happened_at,
                origin.at,
                origin.actor_id,
            )
        )
    # In the order of the constraint, so that two units of work cannot deadlock.
    rows.sort(key=itemgetter(_ENTRY_COLUMNS.index("reference")))
    bulk_insert(PointsEntry, _ENTRY_COLUMNS, rows)
    _write_redemptions(pairs)


def _write_redemptions(pairs: list[tuple[EnrollmentState, PendingEntry]]) -> None:
    bulk_insert(
        PointsRedemption,
        (
            "entry_id",
            "points",
            "reversed_points",
            "program_id",
            "external_reference",
            "custom_fields",
        ),
        [
            (
                pending.entry_id,
                -pending.entry.points,
                ZERO,
                enrollment.program.id,
                pending.movement.reference,
                dict(pending.movement.custom_fields),
            )
            for enrollment, pending in pairs
            if pending.entry.kind == "REDEEM" and pending.movement is not None
        ],
    )


def _write_lots(pairs: list[tuple[EnrollmentState, PendingEntry]]) -> None:
    new_lots = [
        (enrollment, pending, lot)
        for enrollment, pending in pairs
        for lot in pending.entry.new_lots
    ]
    for key, (_, _, lot) in zip(take_ids(PointsLot, len(new_lots)), new_lots, strict=True):
        lot.pk = key
    new_ids = {lot.pk for _, _, lot in new_lots}
    bulk_insert(PointsLot, _LOT_COLUMNS, [_build_lot_row(*item) for item in new_lots])
    changed: dict[int | None, Lot] = {
        lot.pk: lot
        for enrollment in {id(enrollment): enrollment for enrollment, _ in pairs}.values()
        for lot in enrollment.account.lots
        if lot.is_changed and lot.pk not in new_ids
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
            (pending.entry_id, lot.pk, points)
            for _, pending in pairs
            for lot, points in pending.entry.allocations
        ],
    )
    for lot in chain(changed.values(), (lot for _, _, lot in new_lots)):
        lot.is_changed = False


def _build_lot_row(enrollment: EnrollmentState, pending: PendingEntry, lot: Lot) -> tuple[Any, ...]:
    return (
        lot.pk,
        enrollment.row.pk,
        pending.entry_id,
        lot.transaction_id,
        lot.kind,
        lot.awarded,
        # The value after all movements of this unit of work, not the initial one.
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


def _write_balances(enrollments: Collection[EnrollmentState]) -> None:
    bulk_update(
        Enrollment,
        ("tier_id", "tier_expires_at", "tier_basis", *BALANCES),
        [
            (
                enrollment.row.pk,
                enrollment.tier_state.tier.id,
                enrollment.tier_state.expires_at,
                enrollment.tier_state.basis,
                *(getattr(enrollment.account.balances, name) for name in BALANCES),
            )
            for enrollment in enrollments
        ],
    )


def _write_tier_changes(origin: Origin, enrollments: Collection[EnrollmentState]) -> None:
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
                enrollment.row.pk,
                transition.previous.id if transition.previous else None,
                transition.tier.id,
                transition.expires_at,
                transition.reason,
                transition.at,
                origin.actor_id,
            )
            for enrollment in enrollments
            for transition in enrollment.tier_transitions
        ],
    )


def _build_points_event(enrollment: EnrollmentState, pending: PendingEntry) -> NewEvent:
    entry = pending.entry
    after = {
        "program": enrollment.program.id,
        "entry": pending.entry_id,
        "points": str(entry.points),
        "delayed": str(entry.delayed),
        "purchases": str(entry.purchases),
    }
    if pending.movement and pending.movement.notes:
        after["notes"] = pending.movement.notes
    return NewEvent(
        f"points.{entry.kind.lower()}", "customer", enrollment.row.customer_id, after=after
    )


def _build_tier_events(enrollment: EnrollmentState) -> list[NewEvent]:
    return [
        NewEvent(
            f"tier.{transition.reason.lower()}",
            "customer",
            enrollment.row.customer_id,
            before={"tier": transition.previous.name if transition.previous else None},
            after={"program": enrollment.program.id, "tier": transition.tier.name},
        )
        for transition in enrollment.tier_transitions
    ]
