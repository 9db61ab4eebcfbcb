"""The steps of an import: store the file, set the column mapping, dry run, run."""

import hashlib
from typing import Any

from django.core.files import File

from crm.audit.operations.events import NewEvent, record_events
from crm.imports.files.table import Layout, digest_header
from crm.imports.queries.import_counts import count_rows
from crm.imports.queries.import_runs import find_question, get_import
from crm.imports.queries.import_states import can_continue_import
from crm.kernel.errors import mark_sentence as _
from crm.kernel.transactions import within_unit_of_work
from crm.runs.errors import WrongImportStep
from crm.runs.models import ImportMapping, ImportRun, Run
from crm.runs.operations.run_start import continue_run, start_run
from crm.tenancy.origin import Origin

MAX_NAME_LENGTH = 200


@within_unit_of_work
def store_upload(
    *,
    origin: Origin,
    kind: str,
    file: File,
    name: str,
    layout: Layout,
    auto_confirm: bool = False,
) -> ImportRun:
    """Store an uploaded file with its detected layout; no row is read yet.

    With ``auto_confirm`` the import starts by itself when its dry run is done.
    """
    upload = ImportRun(
        org=origin.org,
        kind=kind,
        uploaded_by_id=origin.actor_id,
        uploaded_at=origin.at,
        file_name=name[-MAX_NAME_LENGTH:],
        file_size=file.size,
        file_hash=_hash_file(file),
        auto_confirm=auto_confirm,
        **_build_layout_fields(layout),
    )
    upload.file.save(name, file, save=False)
    upload.save()
    _record_event(origin, upload, "import.uploaded", {"file": upload.file_name, "bytes": file.size})
    return upload


@within_unit_of_work
def save_layout(*, origin: Origin, import_id: int, layout: Layout) -> None:
    """Change the encoding, delimiter or header of the file.

    Raises:
        WrongImportStep: the dry run was started already.
    """
    if not _filter_unchecked(origin, import_id).update(**_build_layout_fields(layout)):
        raise WrongImportStep(_("The dry run of this file has already been started."))


@within_unit_of_work
def start_dry_run(
    *,
    origin: Origin,
    import_id: int,
    mapping: dict[str, Any],
    mode: str = ImportRun.Mode.UPSERT,
    all_or_nothing: bool = False,
) -> Run:
    """Fix the column mapping and the mode, and start the dry run.

    The mapping is remembered for this header. ``mode`` says which rows are imported: new ones,
    known ones or both; the others are skipped. With ``all_or_nothing`` the import cannot be started
    while a row has an error, and takes everything back when a row has drifted.

    Raises:
        WrongImportStep: the dry run was started already.
    """
    upload = ImportRun.objects.get(pk=import_id, org_id=origin.org.pk)
    run = start_run(origin=origin, kind=f"{upload.kind}.import_dry_run")
    if not _filter_unchecked(origin, import_id).update(
        mapping=mapping, mode=mode, all_or_nothing=all_or_nothing, dry_run=run
    ):
        raise WrongImportStep(_("The dry run of this file has already been started."))
    ImportMapping.objects.update_or_create(
        org=origin.org,
        kind=upload.kind,
        header_digest=digest_header(upload.header),
        defaults={"mapping": mapping, "used_at": origin.at},
    )
    _record_event(origin, upload, "import.checked", {"run": run.pk, "mode": mode})
    return run


@within_unit_of_work
def start_apply(*, origin: Origin, import_id: int) -> Run:
    """Start the run that applies the dry run.

    Raises:
        WrongImportStep: the dry run is not done, has nothing to import, or the run was started; or
            it has errors, and everything is to be imported or nothing.
    """
    upload = ImportRun.objects.select_related("dry_run").get(pk=import_id, org_id=origin.org.pk)
    dry_run = upload.dry_run
    if dry_run is None or dry_run.state != Run.State.DONE:
        raise WrongImportStep(_("The dry run of this file is not complete."))
    if upload.apply_run_id is not None:
        raise WrongImportStep(_("The import has already been started."))
    counts = count_rows(upload)
    total = counts["create"] + counts["update"]
    if upload.all_or_nothing and counts["error"]:
        raise WrongImportStep(
            _("Everything is imported or nothing, and rows of this file have errors.")
        )
    if not total:
        raise WrongImportStep(_("This file has no rows to import."))
    run = start_run(origin=origin, kind=f"{upload.kind}.import", total=total)
    unapplied = ImportRun.objects.filter(pk=import_id, apply_run=None)
    if not unapplied.update(apply_run=run):
        raise WrongImportStep(_("The import has already been started."))
    _record_event(origin, upload, "import.confirmed", {"run": run.pk, **dry_run.result})
    return run


@within_unit_of_work
def continue_import(*, origin: Origin, import_id: int) -> Run:
    """Continue a dry run, an import or an undo that failed or was cancelled, where it stopped.

    Raises:
        WrongImportStep: it has neither failed nor been cancelled, or it waits for an answer.
    """
    upload = get_import(org_id=origin.org.pk, import_id=import_id)
    run = upload.undo_run or upload.apply_run or upload.dry_run
    if run is None or not can_continue_import(upload):
        raise WrongImportStep(_("This import has not stopped."))
    if not continue_run(org_id=origin.org.pk, run_id=run.pk, now=origin.at):
        raise WrongImportStep(_("This import has not stopped."))
    _record_event(origin, upload, "import.continued", {"run": run.pk, "done": run.done})
    return run


@within_unit_of_work
def copy_import(*, origin: Origin, import_id: int) -> ImportRun:
    """Copy the import of a file, so that its columns can be mapped again."""
    upload = ImportRun.objects.get(pk=import_id, org_id=origin.org.pk)
    upload.pk = None
    upload._state.adding = True
    upload.dry_run = upload.apply_run = None
    upload.uploaded_by_id, upload.uploaded_at = origin.actor_id, origin.at
    upload.save()
    _record_event(origin, upload, "import.uploaded", {"file": upload.file_name, "again": import_id})
    return upload


@within_unit_of_work
def answer_question(
    *,
    origin: Origin,
    import_id: int,
    day_first: bool | None = None,
    decimal_comma: bool | None = None,
) -> ImportRun:
    """Check a file again whose dry run stopped with a question; return the new import.

    The answer holds for the whole file: cells that contradict it are errors of their rows.

    Raises:
        WrongImportStep: the dry run has not asked this.
    """
    upload = ImportRun.objects.select_related("dry_run").get(pk=import_id, org_id=origin.org.pk)
    question = find_question(upload.dry_run)
    answers: dict[str, dict[str, Any]] = {
        "dates": {} if day_first is None else {"day_first": day_first},
        "numbers": {} if decimal_comma is None else {"decimal_comma": decimal_comma},
    }
    if question is None or not answers[question.about]:
        raise WrongImportStep(_("The dry run of this file has not asked this."))
    settled = sorted({*upload.mapping.get("settled", []), question.about})
    mapping = {**upload.mapping, **answers[question.about], "settled": settled}
    new_import = copy_import(origin=origin, import_id=import_id)
    start_dry_run(
        origin=origin,
        import_id=new_import.pk,
        mapping=mapping,
        mode=upload.mode,
        all_or_nothing=upload.all_or_nothing,
    )
    return new_import


def _filter_unchecked(origin: Origin, import_id: int) -> Any:
    return ImportRun.objects.filter(pk=import_id, org_id=origin.org.pk, dry_run=None)


def _hash_file(file: File) -> str:
    """Return the SHA-256 of the file's bytes, read in chunks."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _build_layout_fields(layout: Layout) -> dict[str, Any]:
    return {
        "format": layout.format,
        "encoding": layout.encoding,
        "delimiter": layout.delimiter,
        "header": layout.names,
        "has_header": layout.has_header,
    }


def _record_event(origin: Origin, upload: ImportRun, kind: str, after: dict[str, Any]) -> None:
    record_events(origin=origin, events=[NewEvent(kind, "import", upload.pk, after=after)])
