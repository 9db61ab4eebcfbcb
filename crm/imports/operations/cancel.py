"""Cancel an import."""

from crm.audit.operations.events import NewEvent, record_events
from crm.imports.queries.import_runs import get_import
from crm.kernel.errors import mark_sentence as _
from crm.kernel.transactions import within_unit_of_work
from crm.runs.errors import WrongImportStep
from crm.runs.operations.run_start import cancel_run
from crm.tenancy.origin import Origin


@within_unit_of_work
def cancel_import(*, origin: Origin, import_id: int) -> None:
    """Cancel the dry run or the import of a file; rows that were imported stay.

    Raises:
        WrongImportStep: nothing of it is on its way.
    """
    upload = get_import(org_id=origin.org.pk, import_id=import_id)
    run = upload.apply_run or upload.dry_run
    if run is None or not cancel_run(org_id=origin.org.pk, run_id=run.pk, now=origin.at):
        raise WrongImportStep(_("Nothing of this import is on its way."))
    event = NewEvent("import.cancelled", "import", upload.pk, after={"run": run.pk})
    record_events(origin=origin, events=[event])
