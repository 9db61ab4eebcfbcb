"""Bringing a file in: keeping it, saying what its columns mean, checking it, doing it."""

from typing import Any

from django.core.files import File

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportMapping, ImportRun, Run
from crm.runs.operations.starting import start_run
from crm.runs.reading.table import Layout, digest_of
from crm.tenancy.origin import Origin

LONGEST_NAME = 200


class WrongStep(Exception):
    """The import is at another step by now; the sentence is shown to staff."""


@within_unit_of_work
def keep_upload(*, origin: Origin, kind: str, file: File, name: str, layout: Layout) -> ImportRun:
    """Keep an uploaded file with what was found out about it; nothing is read in yet."""
    upload = ImportRun(
        org=origin.org,
        kind=kind,
        uploaded_by_id=origin.actor_id,
        uploaded_at=origin.at,
        file_name=name[-LONGEST_NAME:],
        file_size=file.size,
        **_written(layout),
    )
    upload.file.save(name, file, save=False)
    upload.save()
    _record(origin, upload, "import.uploaded", {"file": upload.file_name, "bytes": file.size})
    return upload


@within_unit_of_work
def read_otherwise(*, origin: Origin, import_id: int, layout: Layout) -> None:
    """Read the file by another encoding, delimiter or header.

    Raises:
        WrongStep: it was checked already; another reading is another import.
    """
    if not _unchecked(origin, import_id).update(**_written(layout)):
        raise WrongStep("The check of this file has been started already.")


@within_unit_of_work
def start_dry_run(*, origin: Origin, import_id: int, mapping: dict[str, Any]) -> Run:
    """Settle what the columns mean, remember it for the next file, and check every row.

    Raises:
        WrongStep: somebody else was faster.
    """
    upload = ImportRun.objects.get(pk=import_id, org_id=origin.org.pk)
    run = start_run(origin=origin, kind=f"{upload.kind}.import_dry_run")
    if not _unchecked(origin, import_id).update(mapping=mapping, dry_run=run):
        raise WrongStep("The check of this file has been started already.")
    ImportMapping.objects.update_or_create(
        org=origin.org,
        kind=upload.kind,
        header_digest=digest_of(upload.header),
        defaults={"mapping": mapping, "used_at": origin.at},
    )
    _record(origin, upload, "import.checked", {"run": run.pk})
    return run


@within_unit_of_work
def start_apply(*, origin: Origin, import_id: int) -> Run:
    """Do what the dry run showed.

    Raises:
        WrongStep: the dry run is not through, it found nothing to do, or somebody was faster.
    """
    upload = ImportRun.objects.select_related("dry_run").get(pk=import_id, org_id=origin.org.pk)
    checked = upload.dry_run
    if checked is None or checked.state != Run.State.DONE:
        raise WrongStep("The check of this file is not complete.")
    total = checked.result.get("create", 0) + checked.result.get("update", 0)
    if not total:
        raise WrongStep("There is nothing to import in this file.")
    run = start_run(origin=origin, kind=f"{upload.kind}.import", total=total)
    waiting = ImportRun.objects.filter(pk=import_id, apply_run=None)
    if not waiting.update(apply_run=run):
        raise WrongStep("The import has been started already.")
    _record(origin, upload, "import.confirmed", {"run": run.pk, **checked.result})
    return run


@within_unit_of_work
def begin_again(*, origin: Origin, import_id: int) -> ImportRun:
    """Take the same file as a new import, so that its columns can be read otherwise."""
    upload = ImportRun.objects.get(pk=import_id, org_id=origin.org.pk)
    upload.pk = None
    upload._state.adding = True
    upload.dry_run = upload.apply_run = None
    upload.uploaded_by_id, upload.uploaded_at = origin.actor_id, origin.at
    upload.save()
    _record(origin, upload, "import.uploaded", {"file": upload.file_name, "again": import_id})
    return upload


def _unchecked(origin: Origin, import_id: int) -> Any:
    return ImportRun.objects.filter(pk=import_id, org_id=origin.org.pk, dry_run=None)


def _written(layout: Layout) -> dict[str, Any]:
    return {
        "format": layout.format,
        "encoding": layout.encoding,
        "delimiter": layout.delimiter,
        "header": layout.names,
        "has_header": layout.has_header,
    }


def _record(origin: Origin, upload: ImportRun, kind: str, after: dict[str, Any]) -> None:
    record_events(origin=origin, events=[NewEvent(kind, "import", upload.pk, after=after)])
