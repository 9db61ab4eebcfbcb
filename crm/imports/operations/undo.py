"""Undo an import: ask for it, decide about a large one, start the run."""

from collections.abc import Collection

from crm.audit.operations.events import NewEvent, record_events
from crm.imports.queries.import_states import UNDOING, UNDONE, get_state
from crm.imports.queries.undo_rows import UNDO_SUFFIX, filter_undoable
from crm.kernel.errors import mark_sentence as _
from crm.kernel.transactions import within_unit_of_work
from crm.runs.errors import WrongImportStep
from crm.runs.models import ImportRun, ImportUndo, Run
from crm.runs.operations.run_start import start_run
from crm.tenancy.origin import Origin
from crm.tenancy.queries.settings import get_settings

APPROVAL_ROWS = "CONF_IMPORT_UNDO_APPROVAL_ROWS"
# A larger choice is a file of its own.
MOST_CHOSEN_ROWS = 10_000


class OwnUndo(WrongImportStep):
    """Who asks to undo a large import does not approve it; the message is shown to staff."""


@within_unit_of_work
def undo_import(*, origin: Origin, import_id: int, rows: Collection[int] = ()) -> ImportUndo:
    """Undo all rows of an import that were applied, or those with the chosen numbers.

    A run takes them back in turns of a worker, the last row first. Above the number of rows that
    the organization sets (``CONF_IMPORT_UNDO_APPROVAL_ROWS``), the undo waits for somebody else.

    Raises:
        WrongImportStep: nothing of it was applied, or it is undone, being undone, or waits.
    """
    upload = _lock_import(origin, import_id)
    if upload.apply_run is None or upload.apply_run.finished_at is None:
        raise WrongImportStep(_("Only an import that has ended can be undone."))
    if get_state(upload) in (UNDOING, UNDONE):
        raise WrongImportStep(_("This import is being undone, or was undone already."))
    if upload.undos.filter(needs_approval=True, decided_at__isnull=True).exists():
        raise WrongImportStep(_("An approver has been asked already."))
    numbers = sorted(set(rows))
    if len(numbers) > MOST_CHOSEN_ROWS:
        raise WrongImportStep(_("So many rows cannot be chosen at once."))
    count = filter_undoable(import_id=import_id, numbers=numbers).count()
    if not count:
        raise WrongImportStep(_("There are no rows to undo."))
    limit = get_settings(origin.org.pk).number(APPROVAL_ROWS)
    undo = ImportUndo.objects.create(
        upload=upload,
        rows=numbers,
        asked_by_id=origin.actor_id,
        asked_at=origin.at,
        needs_approval=0 < limit < count,
    )
    if undo.needs_approval:
        _record_event(origin, upload, "import.undo_asked", count)
    else:
        _start(origin, upload, undo, count)
    return undo


@within_unit_of_work
def decide_undo(*, origin: Origin, import_id: int, approve: bool) -> ImportUndo:
    """Approve the undo that waits, which starts it, or refuse it.

    Raises:
        WrongImportStep: none waits.
        OwnUndo: the same person has asked for it.
    """
    upload = _lock_import(origin, import_id)
    undo = upload.undos.filter(needs_approval=True, decided_at__isnull=True).first()
    if undo is None:
        raise WrongImportStep(_("No undo of this import waits for an approval."))
    if origin.actor_id is None or undo.asked_by_id in (origin.actor_id, origin.caller_id):
        raise OwnUndo(_("Somebody else must approve what you have asked for."))
    undo.decided_by_id, undo.decided_at = origin.actor_id, origin.at
    undo.is_approved = approve
    undo.save(update_fields=["decided_by", "decided_at", "is_approved"])
    count = filter_undoable(import_id=import_id, numbers=undo.rows).count()
    _record_event(origin, upload, f"import.undo_{'approved' if approve else 'refused'}", count)
    if approve:
        _start(origin, upload, undo, count)
    return undo


@within_unit_of_work
def undo_drifted_import(*, origin: Origin, import_id: int) -> None:
    """Undo an import of all rows or none that has met a row that drifted; nobody is asked."""
    upload = _lock_import(origin, import_id)
    count = filter_undoable(import_id=import_id).count()
    if count and upload.undo_run_id is None:
        undo = ImportUndo.objects.create(
            upload=upload, asked_by_id=origin.actor_id, asked_at=origin.at, needs_approval=False
        )
        _start(origin, upload, undo, count)


def _lock_import(origin: Origin, import_id: int) -> ImportRun:
    """Return the import, locked: of two that ask at once the second sees what the first did."""
    ImportRun.objects.select_for_update().get(pk=import_id, org_id=origin.org.pk)
    return ImportRun.objects.select_related("org", "dry_run", "apply_run", "undo_run").get(
        pk=import_id
    )


def _start(origin: Origin, upload: ImportRun, undo: ImportUndo, count: int) -> Run:
    run = start_run(
        origin=origin,
        kind=f"{upload.kind}{UNDO_SUFFIX}",
        total=count,
        resume_point={"rows": undo.rows},
    )
    ImportRun.objects.filter(pk=upload.pk).update(undo_run=run)
    undo.run = run
    undo.save(update_fields=["run"])
    _record_event(origin, upload, "import.undo_started", count, run=run.pk)
    return run


def _record_event(
    origin: Origin, upload: ImportRun, kind: str, count: int, run: int | None = None
) -> None:
    after = {"file": upload.file_name, "rows": count, **({"run": run} if run else {})}
    record_events(origin=origin, events=[NewEvent(kind, "import", upload.pk, after=after)])
