"""How many rows of an import have which outcome, and what the counts mean in sentences."""

from crm.imports.import_kinds import get_import_kind
from crm.imports.import_modes import OUTSIDE_MODE
from crm.imports.queries.undo_rows import count_applied
from crm.kernel.staff_texts import TextTemplate
from crm.runs.models import ImportRow, ImportRun

ROWS_KNOWN_ALREADY = TextTemplate(
    "{count:,} rows were skipped: they are known already, and this import creates only."
)
ROWS_NOT_KNOWN_YET = TextTemplate(
    "{count:,} rows were skipped: they are not known yet, and this import updates only."
)
ROWS_UNDONE = TextTemplate("{count:,} of {total:,} imported rows were undone.")
ROWS_NOT_PROCESSED = TextTemplate("{count:,} rows were not processed.")

# As the API names them.
COUNT_NAMES = tuple(outcome.lower() for outcome in ImportRow.Outcome.values)


def count_rows(upload: ImportRun) -> dict[str, int]:
    """Count the rows by outcome: those of the dry run, or of the import once it has started.

    The runs of the import must be loaded. All of ``COUNT_NAMES`` are in it.
    """
    planned = upload.dry_run.result if upload.dry_run else {}
    counts = {name: planned.get(name, 0) for name in COUNT_NAMES}
    if upload.apply_run is not None:
        applied = upload.apply_run.result
        counts |= {name: applied.get(name, 0) for name in ("create", "update", "drifted")}
    return counts


def list_facts(upload: ImportRun) -> list[str]:
    """Return sentences that explain the counts, the first those of the import type.

    What became of the rows is said when a run has ended, not while it is on its way.
    """
    planned = upload.dry_run.result if upload.dry_run else {}
    applied = upload.apply_run.result if upload.apply_run else {}
    facts = get_import_kind(upload.kind).facts(planned, applied)
    if outside := planned.get(OUTSIDE_MODE, 0):
        is_create = upload.mode == ImportRun.Mode.CREATE
        template = ROWS_KNOWN_ALREADY if is_create else ROWS_NOT_KNOWN_YET
        facts.append(template(count=outside))
    if upload.undo_run is not None and upload.undo_run.finished_at is not None:
        facts.append(ROWS_UNDONE(count=upload.undone_rows, total=count_applied(upload)))
    if upload.apply_run is not None and upload.apply_run.finished_at is not None:
        left = sum(planned.get(name, 0) for name in ("create", "update"))
        left -= sum(applied.get(name, 0) for name in ("create", "update", "drifted"))
        if left > 0:
            facts.append(ROWS_NOT_PROCESSED(count=left))
    return facts
