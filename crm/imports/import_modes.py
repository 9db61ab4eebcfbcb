"""Which rows an import may write: new ones, known ones, or both."""

from collections.abc import Iterable

from crm.imports.operations.staged_rows import PlannedRow
from crm.kernel.staff_texts import StaffText, staff_text
from crm.runs.models import ImportRow, ImportRun

KNOWN_ALREADY = staff_text("Known already; this import creates only.")
NOT_KNOWN_YET = staff_text("Not known yet; this import updates only.")
# The count of rows that are skipped because of the mode; these are counted as skipped as well.
OUTSIDE_MODE = "outside_mode"


def explain_outside_mode(mode: str, *, is_new: bool) -> StaffText | None:
    """Return why a row that would be written is outside the mode; None when it is inside."""
    if mode == ImportRun.Mode.CREATE and not is_new:
        return KNOWN_ALREADY
    if mode == ImportRun.Mode.UPDATE and is_new:
        return NOT_KNOWN_YET
    return None


def skip_rows_outside_mode(mode: str, rows: Iterable[PlannedRow]) -> None:
    """Skip the planned rows that the mode leaves out.

    A row that adds something to what is known already, such as a profile, is an update.
    """
    for row in rows:
        if row.outcome not in (ImportRow.Outcome.CREATE, ImportRow.Outcome.UPDATE):
            continue
        is_new = row.outcome == ImportRow.Outcome.CREATE and row.subject_id is None
        reason = explain_outside_mode(mode, is_new=is_new)
        if reason is not None:
            row.outcome, row.remarks = ImportRow.Outcome.SKIP, [("", reason)]
            row.before = row.after = None
            row.is_outside_mode = True
