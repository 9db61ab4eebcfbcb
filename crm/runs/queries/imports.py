"""Imports and their rows, as pages and runs read them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from crm.runs.models import ImportKey, ImportMapping, ImportRow, ImportRun
from crm.runs.reading.table import digest_of

ROWS_AT_ONCE = 1_000
WANTED = (ImportRow.Outcome.CREATE, ImportRow.Outcome.UPDATE)


def get_import(*, org_id: int, import_id: int) -> ImportRun:
    """The import with its runs; one query.

    Raises:
        ImportRun.DoesNotExist: the organization has no such import.
    """
    return _whole().get(pk=import_id, org_id=org_id)


def get_import_of_run(*, run_id: int, step: str) -> ImportRun:
    """The import whose ``step`` (dry_run or apply_run) this run is."""
    return _whole().get(**{f"{step}_id": run_id})


def find_mapping(*, org_id: int, kind: str, header: Sequence[str]) -> dict[str, Any] | None:
    """What the columns of such a header meant the last time."""
    found = ImportMapping.objects.filter(
        org_id=org_id, kind=kind, header_digest=digest_of(header)
    ).values_list("mapping", flat=True)
    return found.first()


def find_first_rows(
    *, import_id: int, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """In which earlier row each of these keys stood, for those that did; a query for each type."""
    values: dict[str, list[str]] = defaultdict(list)
    for kind, value in keys:
        values[kind].append(value)
    return {
        (kind, value): number
        for kind in sorted(values)
        for value, number in ImportKey.objects.filter(
            upload_id=import_id, type=kind, value__in=values[kind]
        ).values_list("value", "number")
    }


def list_rows(
    *, import_id: int, outcomes: Collection[str] = (), after: int = 0, limit: int = ROWS_AT_ONCE
) -> list[ImportRow]:
    """Rows behind the number ``after``, in their order; all outcomes unless some are named."""
    rows = ImportRow.objects.filter(upload_id=import_id, number__gt=after)
    if outcomes:
        rows = rows.filter(outcome__in=outcomes)
    return list(rows.order_by("number")[:limit])


def list_rows_before(
    *, import_id: int, outcomes: Collection[str], before: int, limit: int
) -> list[ImportRow]:
    """The last rows before the number ``before``, in their order."""
    rows = ImportRow.objects.filter(upload_id=import_id, number__lt=before)
    if outcomes:
        rows = rows.filter(outcome__in=outcomes)
    return list(rows.order_by("-number")[:limit])[::-1]


def iterate_rows(*, import_id: int, outcomes: Collection[str]) -> Iterator[ImportRow]:
    """All rows of these outcomes, a thousand at a time: no more are held, none is read twice."""
    batch = list_rows(import_id=import_id, outcomes=outcomes)
    while batch:
        yield from batch
        batch = list_rows(import_id=import_id, outcomes=outcomes, after=batch[-1].number)


def _whole() -> QuerySet[ImportRun]:
    return ImportRun.objects.select_related("org", "dry_run", "apply_run", "uploaded_by")
