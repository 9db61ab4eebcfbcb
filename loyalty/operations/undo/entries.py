"""Reverse entries of the ledger: each gets a second one of its kind with the opposite amounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from crm.kernel.obstacles import describe_touch
from crm.kernel.staff_texts import StaffText, staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from loyalty.models import PointsAllocation, PointsEntry, PointsLot, PromotionAward
from loyalty.models.enrollment import NON_NEGATIVE_BALANCES
from loyalty.operations.enrollments.lock import (
    EnrollmentState,
    load_closed_lots,
    lock_enrollments_by_id,
)
from loyalty.operations.points.write import write_enrollments
from loyalty.rules.amounts import ZERO
from loyalty.rules.ledger import LedgerEntry, Lot
from loyalty.rules.movements import Movement

REVERSAL_PREFIX = "undo:"
NOTES = "Undo of an import"
SPENT = {
    "REDEEM": staff_text("Points were redeemed"),
    "RETURN": staff_text("Points were taken back"),
    "EXPIRE": staff_text("Points expired"),
    "ADJUST": staff_text("Points were adjusted away"),
    "TRANSFER_OUT": staff_text("Points were transferred away"),
}
SPENT_SOMEHOW = staff_text("Its points were used since.")
BALANCE_TOO_SMALL = staff_text("A balance would become negative.")
MEMBERSHIP_GONE = staff_text("The membership of these points is gone.")


@dataclass(slots=True)
class _Entry:
    """An entry to reverse: the lots that it made, and what it took from others."""

    row: PointsEntry
    made: list[Lot] = field(default_factory=list)
    taken: list[tuple[Lot, Decimal]] = field(default_factory=list)


@within_unit_of_work
def reverse_entries(*, origin: Origin, items: Mapping[int, Sequence[int]]) -> dict[int, StaffText]:
    """Reverse the entries of each item, or none of them; return why, by item.

    The items are handled in their order: one may give back to a lot what the next one needs. An
    item is left as it is when points that it gave were spent since, or when a balance would become
    negative. What is reversed already is passed over. Points that go back to a lot which has
    expired meanwhile expire at once.

    A reversal has the kind of its entry, so the balances of the kind become what they were. The
    number of queries does not depend on the number of items.
    """
    rows = _load_rows(origin, items)
    lock_customers({row.enrollment.customer_id for row in rows.values()})
    enrollments = lock_enrollments_by_id(
        org_id=origin.org.pk,
        enrollment_ids={row.enrollment_id for row in rows.values()},
        now=origin.at,
    )
    for enrollment in enrollments.values():
        enrollment.settle_points(origin.at)
    entries = _load_entries(rows, enrollments)
    reversed_ids = _find_reversed(origin, rows)
    blocked: dict[int, Sequence[_Entry]] = {}
    obstacles: dict[int, StaffText] = {}
    for key, entry_ids in items.items():
        chosen = [entries[pk] for pk in sorted(entry_ids, reverse=True) if pk not in reversed_ids]
        obstacle = _reverse_item(origin, chosen, enrollments)
        if obstacle is not None:
            obstacles[key], blocked[key] = obstacle, chosen
    write_enrollments(origin=origin, enrollments=enrollments.values())
    _forget_promotions(
        [
            entries[pk]
            for key, entry_ids in items.items()
            if key not in obstacles
            for pk in entry_ids
            if pk not in reversed_ids
        ]
    )
    return obstacles | _describe_spending(origin, blocked)


def _load_rows(origin: Origin, items: Mapping[int, Sequence[int]]) -> dict[int, PointsEntry]:
    ids = {pk for entry_ids in items.values() for pk in entry_ids}
    if not ids:
        return {}
    rows = PointsEntry.objects.filter(pk__in=ids, org_id=origin.org.pk)
    return {row.pk: row for row in rows.select_related("enrollment")}


def _find_reversed(origin: Origin, rows: Mapping[int, PointsEntry]) -> set[int]:
    references = {f"{REVERSAL_PREFIX}{pk}": pk for pk in rows}
    found = PointsEntry.objects.filter(org_id=origin.org.pk, reference__in=references)
    return {references[reference] for reference in found.values_list("reference", flat=True)}


def _load_entries(
    rows: Mapping[int, PointsEntry], enrollments: Mapping[int, EnrollmentState]
) -> dict[int, _Entry]:
    entries = {pk: _Entry(row) for pk, row in rows.items()}
    made = PointsLot.objects.filter(entry_id__in=entries).values_list("entry_id", "id")
    taken = (
        PointsAllocation.objects.filter(entry_id__in=entries)
        .order_by("id")
        .values_list("entry_id", "lot_id", "points")
    )
    made_rows, taken_rows = list(made), list(taken)
    lots = load_closed_lots(
        enrollments, {lot_id for _, lot_id in made_rows} | {row[1] for row in taken_rows}
    )
    for entry_id, lot_id in made_rows:
        entries[entry_id].made.append(lots[lot_id])
    for entry_id, lot_id, points in taken_rows:
        entries[entry_id].taken.append((lots[lot_id], points))
    return entries


def _reverse_item(
    origin: Origin, entries: Sequence[_Entry], enrollments: Mapping[int, EnrollmentState]
) -> StaffText | None:
    """Reverse all entries in memory, or return the obstacle and change nothing."""
    for entry in entries:
        if entry.row.enrollment_id not in enrollments:
            return MEMBERSHIP_GONE
        if any(lot.remaining != lot.awarded for lot in entry.made):
            return SPENT_SOMEHOW
    planned = [(entry, _build_reversal(entry, origin.at)) for entry in entries]
    touched = {entry.row.enrollment_id for entry in entries}
    balances = {pk: replace(enrollments[pk].account.balances) for pk in touched}
    for entry, reversal in planned:
        balances[entry.row.enrollment_id].add(reversal)
    if any(getattr(balances[pk], name) < 0 for pk in touched for name in NON_NEGATIVE_BALANCES):
        return BALANCE_TOO_SMALL
    for entry, reversal in planned:
        for lot, points in reversal.allocations:
            lot.remaining -= points
            lot.is_changed = True
        enrollment = enrollments[entry.row.enrollment_id]
        enrollment.account.balances.add(reversal)
        enrollment.record(reversal, _build_movement(entry.row))
        # A lot to which points went back may have expired.
        enrollment.settle_points(origin.at)
    return None


def _build_reversal(entry: _Entry, at: datetime) -> LedgerEntry:
    reversal = LedgerEntry(
        entry.row.kind, at, purchases=-entry.row.purchases, shortfall=-entry.row.shortfall
    )
    parts = [(lot, lot.remaining) for lot in entry.made if lot.remaining]
    for lot, points in [*parts, *((lot, -points) for lot, points in entry.taken)]:
        reversal.allocations.append((lot, points))
        if lot.is_delayed:
            reversal.delayed -= points
        else:
            reversal.points -= points
    return reversal


def _build_movement(row: PointsEntry) -> Movement:
    return Movement(
        customer_id=row.enrollment.customer_id,
        kind=row.kind,
        transaction_id=row.transaction_id,
        transaction_number=row.transaction_number,
        reference=f"{REVERSAL_PREFIX}{row.pk}",
        notes=NOTES,
    )


def _forget_promotions(entries: Sequence[_Entry]) -> None:
    """A promotion that is given once can be given again to whom it was taken from."""
    reversed_ids = {entry.row.pk for entry in entries if entry.row.kind == "PROMOTIONAL"}
    if not reversed_ids:
        return
    condition = Q()
    for promotion_id, enrollment_id, moment in PointsLot.objects.filter(
        entry_id__in=reversed_ids
    ).values_list("promotion_source_id", "enrollment_id", "entry__recorded_at"):
        condition |= Q(promotion_id=promotion_id, enrollment_id=enrollment_id, awarded_at=moment)
    if condition:
        PromotionAward.objects.filter(condition).delete()


def _describe_spending(
    origin: Origin, blocked: Mapping[int, Sequence[_Entry]]
) -> dict[int, StaffText]:
    """Say how and by whom the points of blocked items were used; one query, or none."""
    items_by_lot: dict[int, int] = {}
    own_entries: set[int] = set()
    for key, entries in blocked.items():
        for entry in entries:
            own_entries.add(entry.row.pk)
            items_by_lot |= {
                lot.pk: key
                for lot in entry.made
                if lot.pk is not None and lot.remaining != lot.awarded
            }
    if not items_by_lot:
        return {}
    found: dict[int, StaffText] = {}
    for allocation in (
        PointsAllocation.objects.filter(lot_id__in=items_by_lot, points__gt=ZERO)
        .exclude(entry_id__in=own_entries)
        .select_related("entry__entered_by")
        .order_by("-id")
    ):
        what = SPENT.get(allocation.entry.kind)
        if what is not None:
            found[items_by_lot[allocation.lot_id]] = describe_touch(
                what,
                person=allocation.entry.entered_by,
                moment=allocation.entry.recorded_at,
                zone=origin.org.zone,
            )
    return found
