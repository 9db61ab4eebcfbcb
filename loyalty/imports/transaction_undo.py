"""Undo imported transactions, whole bills at a time."""

from collections.abc import Sequence

from crm.audit.touches import find_touches
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.undo_context import UndoContext
from crm.kernel.staff_texts import StaffText
from crm.kernel.transactions import within_unit_of_work
from loyalty.operations.undo.tiers import restore_tiers
from loyalty.operations.undo.transactions import list_entries, undo_transactions

# What a staged row of a bill keeps in its trail.
ENTRIES, TIERS = "entries", "tiers"


@within_unit_of_work
def undo_bills(context: UndoContext, rows: Sequence[UndoRow]) -> dict[int, StaffText]:
    """Undo the bills of these rows; return why some are left, the same for each of their rows."""
    entries: dict[int, list[int]] = {}
    for row in rows:
        entries.setdefault(row.subject_id or 0, []).extend(row.trail.get(ENTRIES, []))
    # Rows of older releases have no trail.
    untold = [pk for pk, ids in entries.items() if not ids]
    entries |= list_entries(untold)
    touches = find_touches(
        origin=context.origin,
        subject_type="transaction",
        subject_ids=entries.keys(),
        since=context.since,
        ignored_requests=context.ignored_requests,
    )
    obstacles = touches | undo_transactions(
        origin=context.origin,
        entries={pk: ids for pk, ids in entries.items() if pk not in touches},
    )
    restore_tiers(
        # Of several changes of one tier the first is the last one read.
        differences=[
            difference
            for row in rows
            if row.subject_id not in obstacles
            for difference in row.trail.get(TIERS, [])
        ],
        since=context.since,
    )
    return {row.pk: obstacles[row.subject_id or 0] for row in rows if row.subject_id in obstacles}
