"""Write the changes that posting decided: one statement per table for the whole list."""

from collections.abc import Collection, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import Insert, bulk_update, insert_together, take_ids_of_models
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
_STATE_COLUMNS = ("tier_id", "tier_expires_at", "tier_basis", *BALANCES)

_Pairs = Sequence[tuple[EnrollmentState, PendingEntry]]
_Lots = Sequence[tuple[EnrollmentState, PendingEntry, Lot]]


@within_unit_of_work
def write_enrollments(*, origin: Origin, enrollments: Collection[EnrollmentState]) -> None:
    """Write the entries, lots, balances, tiers and events of these locked or new enrollments.

    A new enrollment is written once, with its balances. Those of others are written as computed
    under the lock. If one were negative, the constraint would undo the unit of work.
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
    new_lots = [
        (enrollment, pending, lot)
        for enrollment, pending in pairs
        for lot in pending.entry.new_lots
    ]
    changed_lots = _list_changed_lots(enrollments)
    _assign_ids(enrollments, pairs, new_lots)
    insert_together(
        [
            _build_enrollment_rows(origin, enrollments),
            _build_tier_rows(origin, enrollments),
            _build_entry_rows(origin, pairs),
            _build_redemption_rows(pairs),
            Insert(PointsLot, _LOT_COLUMNS, [_build_lot_row(*item) for item in new_lots]),
            _build_allocation_rows(pairs),
        ]
    )
    bulk_update(
        PointsLot,
        ("remaining", "is_delayed"),
        [(lot.pk, lot.remaining, lot.is_delayed) for lot in changed_lots],
    )
    _update_balances([enrollment for enrollment in enrollments if not enrollment.is_new])
    record_events(
        origin=origin,
        events=[
            *(_build_points_event(enrollment, pending) for enrollment, pending in pairs),
            *chain.from_iterable(_build_tier_events(enrollment) for enrollment in enrollments),
        ],
    )
    for enrollment in enrollments:
        for lot in enrollment.account.lots if enrollment.pending_entries else ():
            lot.is_changed = False
        enrollment.pending_entries, enrollment.tier_transitions = [], []
        enrollment.is_new = False


def _list_changed_lots(enrollments: Collection[EnrollmentState]) -> list[Lot]:
    """List the lots that exist and differ from their rows; a lot without a key is still new."""
    changed = {
        lot.pk: lot
        for enrollment in enrollments
        if enrollment.pending_entries
        for lot in enrollment.account.lots
        if lot.is_changed and lot.pk is not None
    }
    return list(changed.values())


def _assign_ids(enrollments: Collection[EnrollmentState], pairs: _Pairs, new_lots: _Lots) -> None:
    new_enrollments = [enrollment for enrollment in enrollments if enrollment.is_new]
    ids = take_ids_of_models(
        [
            (Enrollment, len(new_enrollments)),
            (PointsEntry, len(pairs)),
            (PointsLot, len(new_lots)),
        ]
    )
    for enrollment, pk in zip(new_enrollments, ids[0], strict=True):
        enrollment.row.pk = pk
    for (_, pending), pk in zip(pairs, ids[1], strict=True):
        pending.entry_id = pk
    for (_, _, lot), pk in zip(new_lots, ids[2], strict=True):
        lot.pk = pk


def _build_enrollment_rows(origin: Origin, enrollments: Collection[EnrollmentState]) -> Insert:
    return Insert(
        Enrollment,
        (
            *("id", "org_id", "customer_id", "program_id", "enrolled_at", "enrolled_by_id"),
            *_STATE_COLUMNS,
        ),
        [
            (
                enrollment.row.pk,
                origin.org.pk,
                enrollment.row.customer_id,
                enrollment.program.id,
                enrollment.row.enrolled_at,
                enrollment.row.enrolled_by_id,
                *_build_state_values(enrollment),
            )
            for enrollment in enrollments
            if enrollment.is_new
        ],
    )


def _build_entry_rows(origin: Origin, pairs: _Pairs) -> Insert:
    rows = []
    for enrollment, pending in pairs:
        entry, movement = pending.entry, pending.movement
        rows.append(
            (
                pending.entry_id,
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
    return Insert(PointsEntry, _ENTRY_COLUMNS, rows)


def _build_redemption_rows(pairs: _Pairs) -> Insert:
    return Insert(
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


def _build_allocation_rows(pairs: _Pairs) -> Insert:
    return Insert(
        PointsAllocation,
        ("entry_id", "lot_id", "points"),
        [
            (pending.entry_id, lot.pk, points)
            for _, pending in pairs
            for lot, points in pending.entry.allocations
        ],
    )


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


def _update_balances(enrollments: Collection[EnrollmentState]) -> None:
    bulk_update(
        Enrollment,
        _STATE_COLUMNS,
        [(enrollment.row.pk, *_build_state_values(enrollment)) for enrollment in enrollments],
    )


def _build_state_values(enrollment: EnrollmentState) -> tuple[Any, ...]:
    return (
        enrollment.tier_state.tier.id,
        enrollment.tier_state.expires_at,
        enrollment.tier_state.basis,
        *(getattr(enrollment.account.balances, name) for name in BALANCES),
    )


def _build_tier_rows(origin: Origin, enrollments: Collection[EnrollmentState]) -> Insert:
    return Insert(
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
        # Enrolling records an event of its own.
        if transition.reason != TierChange.Reason.ENROLLED
    ]
