"""At which step an import stands, in words."""

from dataclasses import dataclass

from crm.runs.models import ImportRun, Run

READING, CHECKING, SHOWN, IMPORTING, OVER = "reading", "checking", "shown", "importing", "over"


@dataclass(frozen=True, slots=True)
class Step:
    """``name`` chooses the page; ``colour`` is the badge's."""

    name: str
    words: str
    colour: str
    run: Run | None = None


def step_of(upload: ImportRun) -> Step:
    """Where the import stands; its runs must have been loaded with it."""
    if upload.dry_run is None:
        return Step(READING, "Columns to be confirmed", "info")
    if upload.dry_run.finished_at is None:
        return Step(CHECKING, "Checking", "info", upload.dry_run)
    if upload.dry_run.state != Run.State.DONE:
        return _ended(upload.dry_run, "Check")
    if upload.apply_run is None:
        return Step(SHOWN, "Checked, to be confirmed", "warning", upload.dry_run)
    if upload.apply_run.finished_at is None:
        return Step(IMPORTING, "Importing", "info", upload.apply_run)
    return _ended(upload.apply_run, "Import")


def _ended(run: Run, what: str) -> Step:
    if run.state == Run.State.DONE:
        return Step(OVER, "Imported", "success", run)
    if run.state == Run.State.CANCELLED:
        return Step(OVER, f"{what} cancelled", "warning", run)
    return Step(OVER, f"{what} failed", "danger", run)
