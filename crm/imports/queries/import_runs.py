"""Queries for imports and their rows."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from crm.imports.files.table import digest_header
from crm.imports.readings import Question
from crm.runs.models import ImportMapping, ImportRow, ImportRun, Run

BATCH_SIZE = 1_000
# Of applied rows: what an undo made of them. Not outcomes of the import itself.
UNDONE, NOT_UNDONE = "UNDONE", "NOT_UNDONE"
OUTCOMES_TO_APPLY = (ImportRow.Outcome.CREATE, ImportRow.Outcome.UPDATE)


@dataclass(frozen=True, slots=True)
class StagedRow:
    """The columns of a row that a run needs; lighter than a model for millions of rows."""

    pk: int
    number: int
    cells: list[str]
    outcome: str
    subject_id: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    head: int | None = None


# The key of the question that stopped a dry run, in its resume point.
QUESTION = "question"
# The number of a group's first row, and how many rows it has.
Group = tuple[int, int]


def get_import(*, org_id: int, import_id: int) -> ImportRun:
    """Return the import with its runs; one query.

    Raises:
        ImportRun.DoesNotExist: the organization has no such import.
    """
    return _select_with_runs().get(pk=import_id, org_id=org_id)


def find_import(*, org_id: int, kind: str, import_id: int) -> ImportRun | None:
    """Return the organization's import of this type and number, if any."""
    return ImportRun.objects.filter(pk=import_id, org_id=org_id, kind=kind).first()


@dataclass(frozen=True, slots=True)
class EarlierImport:
    """An import of the same file, and the run that applied it."""

    upload: ImportRun
    run: Run


def find_earlier_import(upload: ImportRun) -> EarlierImport | None:
    """Return the last import of the same bytes and type that was started, other than this one.

    One query, or none.
    """
    if not upload.file_hash:
        return None
    earlier = (
        ImportRun.objects.filter(
            org_id=upload.org_id,
            kind=upload.kind,
            file_hash=upload.file_hash,
            apply_run__isnull=False,
        )
        .exclude(pk=upload.pk)
        .select_related("org", "dry_run", "apply_run__started_by", "undo_run")
        .order_by("-apply_run_id")
        .first()
    )
    if earlier is None or earlier.apply_run is None:
        return None
    return EarlierImport(earlier, earlier.apply_run)


def get_import_of_run(*, run_id: int, step: str) -> ImportRun:
    """Return the import whose ``step`` (dry_run, apply_run or undo_run) is this run."""
    return _select_with_runs().get(**{f"{step}_id": run_id})


def find_question(run: Run | None) -> Question | None:
    """Return the question that stopped a dry run, if any."""
    stored = run.resume_point.get(QUESTION) if run is not None else None
    return None if stored is None else Question(**stored)


def find_latest_mapping(*, org_id: int, kind: str) -> dict[str, Any] | None:
    """Return the column mapping that the organization used last for this import type, if any."""
    mappings = ImportMapping.objects.filter(org_id=org_id, kind=kind)
    return mappings.order_by("-used_at", "-pk").values_list("mapping", flat=True).first()


def find_mapping(*, org_id: int, kind: str, header: Sequence[str]) -> dict[str, Any] | None:
    """Return the last column mapping of this header, if any."""
    mappings = ImportMapping.objects.filter(
        org_id=org_id, kind=kind, header_digest=digest_header(header)
    ).values_list("mapping", flat=True)
    return mappings.first()


# Raw SQL keeps the statement the same for any number of keys, and forces an index lookup for
# each: otherwise the planner would read all keys of a large file for every chunk.
_FIRST_ROWS = {
    "postgresql": """
        SELECT asked.type, asked.value, k.number
          FROM unnest(%s::text[], %s::text[]) AS asked (type, value)
         CROSS JOIN LATERAL (
               SELECT number FROM runs_importkey
                WHERE upload_id = %s AND type = asked.type AND value = asked.value LIMIT 1
               ) AS k""",
    "sqlite": """
        SELECT k.type, k.value, k.number
          FROM json_each(%s) AS asked
          CROSS JOIN runs_importkey k
            ON k.upload_id = %s AND k.type = json_extract(asked.value, '$[0]')
           AND k.value = json_extract(asked.value, '$[1]')""",
}


def find_first_rows(
    *, import_id: int, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Return the number of the first row with each key, for keys seen before; one query."""
    if not keys:
        return {}
    if connection.vendor == "postgresql":
        lists: list[Any] = [[kind for kind, _ in keys], [value for _, value in keys]]
    else:
        lists = [json.dumps([*keys])]
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_ROWS[connection.vendor], [*lists, import_id])
        return {(kind, value): number for kind, value, number in cursor.fetchall()}


def list_rows(
    *, import_id: int, outcomes: Collection[str] = (), after: int = 0, limit: int = BATCH_SIZE
) -> list[ImportRow]:
    """Return rows after the row number ``after``, in order; all outcomes unless some are given.

    Rows that were undone, or could not be, are found by ``UNDONE`` and ``NOT_UNDONE``.
    """
    rows = _filter_rows(import_id, outcomes).filter(number__gt=after)
    return list(rows.order_by("number")[:limit])


def list_rows_to_apply(*, import_id: int, after: int, limit: int) -> list[StagedRow]:
    """Return the next rows after the row number ``after`` that are to be created or updated."""
    rows = ImportRow.objects.filter(
        upload_id=import_id, number__gt=after, outcome__in=OUTCOMES_TO_APPLY
    )
    fields = ("pk", "number", "cells", "outcome", "subject_id", "before", "after")
    return [StagedRow(*row) for row in rows.order_by("number").values_list(*fields)[:limit]]


def list_drifts(*, pks: Collection[int]) -> list[tuple[int, list[tuple[str, str]]]]:
    """Return the primary key and the remarks of those of these rows that have drifted."""
    rows = ImportRow.objects.filter(pk__in=pks, outcome=ImportRow.Outcome.DRIFTED)
    return list(rows.order_by("pk").values_list("pk", "remarks"))


def list_groups(
    *, import_id: int, after: int, limit: int, outcomes: Collection[str] = ()
) -> list[Group]:
    """Return the next groups of rows after the head ``after``.

    Their rows together are about ``limit``; at least one group is returned. Only rows of
    ``outcomes`` count, if any are given.
    """
    rows = ImportRow.objects.filter(upload_id=import_id, head__gt=after)
    if outcomes:
        rows = rows.filter(outcome__in=outcomes)
    group_counts = rows.values_list("head").annotate(rows=Count("pk")).order_by("head")[:limit]
    groups: list[Group] = []
    for head, count in group_counts:
        if groups and count > limit:
            break
        groups.append((head or 0, count))
        limit -= count
    return groups


def list_rows_of_groups(
    *, import_id: int, heads: Collection[int], outcomes: Collection[str] = ()
) -> list[StagedRow]:
    """Return all rows of these groups, group by group; one query."""
    rows = ImportRow.objects.filter(upload_id=import_id, head__in=heads)
    if outcomes:
        rows = rows.filter(outcome__in=outcomes)
    fields = ("pk", "number", "cells", "outcome", "subject_id", "before", "after", "head")
    return [StagedRow(*row) for row in rows.order_by("head", "number").values_list(*fields)]


def list_rows_before(
    *, import_id: int, outcomes: Collection[str], before: int, limit: int
) -> list[ImportRow]:
    """Return the last rows before the row number ``before``, in order."""
    rows = _filter_rows(import_id, outcomes).filter(number__lt=before)
    return list(rows.order_by("-number")[:limit])[::-1]


def iterate_rows(*, import_id: int, outcomes: Collection[str]) -> Iterator[ImportRow]:
    """Yield all rows of these outcomes, read in batches of a thousand."""
    batch = list_rows(import_id=import_id, outcomes=outcomes)
    while batch:
        yield from batch
        batch = list_rows(import_id=import_id, outcomes=outcomes, after=batch[-1].number)


def _filter_rows(import_id: int, outcomes: Collection[str]) -> QuerySet[ImportRow]:
    rows = ImportRow.objects.filter(upload_id=import_id)
    if UNDONE in outcomes:
        return rows.filter(is_undone=True)
    if NOT_UNDONE in outcomes:
        return rows.filter(obstacles__isnull=False)
    return rows.filter(outcome__in=outcomes) if outcomes else rows


def _select_with_runs() -> QuerySet[ImportRun]:
    return ImportRun.objects.select_related(
        "org", "dry_run", "apply_run", "undo_run", "uploaded_by"
    )
