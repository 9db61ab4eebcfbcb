"""Cancel an import."""

from crm.audit.operations.events import NewEvent, record_events
from crm.imports.queries.import_runs import get_import
from crm.imports.queries.import_states import CHECKED, get_current_run, get_state
from crm.kernel.errors import mark_sentence as _
from crm.kernel.transactions import within_unit_of_work
from crm.runs.errors import WrongImportStep
from crm.runs.models import ImportRun, Run
from crm.runs.operations.run_start import cancel_run
from crm.tenancy.origin import Origin


@within_unit_of_work
def cancel_import(*, origin: Origin, import_id: int) -> None:
    """Cancel a file that is being checked, waits to be confirmed, or is being imported.

    An undo is cancelled as well. Rows that were imported or undone stay so; ``continue_import``
    goes on where an import stopped.

    Raises:
        WrongImportStep: it is over, or its columns are not mapped yet.
    """
    # A confirmation at the same time comes before or after, never between.
    ImportRun.objects.select_for_update().get(pk=import_id, org_id=origin.org.pk)
    upload = get_import(org_id=origin.org.pk, import_id=import_id)
    run = get_current_run(upload)
    if run is None or not _cancel(upload, run, origin):
        raise WrongImportStep(_("There is nothing to cancel."))
    event = NewEvent("import.cancelled", "import", upload.pk, after={"run": run.pk})
    record_events(origin=origin, events=[event])


def _cancel(upload: ImportRun, run: Run, origin: Origin) -> bool:
    if get_state(upload) == CHECKED:
        Run.objects.filter(pk=run.pk).update(state=Run.State.CANCELLED)
        return True
    return cancel_run(org_id=origin.org.pk, run_id=run.pk, now=origin.at)
