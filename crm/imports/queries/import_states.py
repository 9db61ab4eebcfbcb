"""The state of an import, as its history and the API name it."""

from crm.imports.queries.import_runs import find_question
from crm.imports.queries.undo_rows import count_applied, is_undone
from crm.runs.models import ImportRun, Run

READING, CHECKING, CHECKED = "READING", "CHECKING", "CHECKED"
APPLYING, APPLIED = "APPLYING", "APPLIED"
FAILED, CANCELLED = "FAILED", "CANCELLED"
UNDOING, UNDONE, PARTLY_UNDONE = "UNDOING", "UNDONE", "PARTLY_UNDONE"
STATES = (
    READING,
    CHECKING,
    CHECKED,
    APPLYING,
    APPLIED,
    FAILED,
    CANCELLED,
    UNDOING,
    UNDONE,
    PARTLY_UNDONE,
)


def get_state(upload: ImportRun) -> str:
    """Return the state; the runs of the import must be loaded.

    ``READING``: its columns are not mapped. ``CHECKING``, ``CHECKED``: the dry run is on its way,
    or can be confirmed. A dry run that stopped with a question is ``FAILED``. An undo that could
    take nothing back leaves the import as it was.
    """
    if upload.dry_run is None:
        return READING
    if upload.apply_run is None:
        return _name_run(upload.dry_run, CHECKING, CHECKED)
    if upload.undo_run is not None:
        if upload.undo_run.finished_at is None:
            return UNDOING
        if is_undone(upload):
            return UNDONE
        if upload.undone_rows:
            return PARTLY_UNDONE
    return _name_run(upload.apply_run, APPLYING, APPLIED)


def has_question(upload: ImportRun) -> bool:
    """Whether the dry run stopped with a question that staff must answer."""
    return find_question(upload.dry_run) is not None


def can_continue_import(upload: ImportRun) -> bool:
    """Whether its last run has failed or was cancelled, and can go on where it stopped."""
    run = upload.undo_run or upload.apply_run or upload.dry_run
    has_stopped = run is not None and run.state in (Run.State.FAILED, Run.State.CANCELLED)
    return has_stopped and not has_question(upload)


def can_undo_import(upload: ImportRun) -> bool:
    """Whether rows were applied and not undone yet, and no run of the import is on its way."""
    run = upload.apply_run
    is_over = run is not None and run.finished_at is not None
    return (
        is_over
        and upload.undone_rows < count_applied(upload)
        and get_state(upload) not in (UNDOING, UNDONE)
    )


def _name_run(run: Run, on_its_way: str, done: str) -> str:
    if run.finished_at is None:
        return on_its_way
    return {Run.State.DONE: done, Run.State.CANCELLED: CANCELLED}.get(Run.State(run.state), FAILED)


def get_current_run(upload: ImportRun) -> Run | None:
    """Return the run of the current step, if it has one."""
    return upload.undo_run or upload.apply_run or upload.dry_run


def is_over(upload: ImportRun) -> bool:
    """Whether nothing more happens to the import by itself or by a confirmation."""
    return get_state(upload) not in (READING, CHECKING, CHECKED, APPLYING, UNDOING)
