"""The column mapping proposed for a file: guessed, remembered, or that of its first file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crm.imports.column_mapping import ColumnMapping, reuse_mapping, shift_behind_reason
from crm.imports.header_names import REASON_COLUMN
from crm.imports.import_kinds import get_import_kind
from crm.imports.queries.import_runs import find_import, find_latest_mapping, find_mapping
from crm.imports.readings import CellFormats
from crm.runs.models import ImportRun

# As a file of failed rows is called when it is downloaded, and again by most browsers.
_FAILED_ROWS_NAME = re.compile(r"failed-rows-(\d{1,18})\b", re.ASCII)


def name_failed_rows(upload: ImportRun) -> str:
    """Return the name of the file of failed rows, by which its import is found again."""
    return f"failed-rows-{upload.pk}.csv"


def propose_mapping(upload: ImportRun, sample: Sequence[Sequence[str]]) -> ColumnMapping:
    """Return the mapping to offer for a file, from its header and first rows.

    Columns mean what they meant in the last file with this header. How dates and numbers are
    written is decided by the rows; where these leave it open, by what the organization has chosen
    before, and then by its country. A file of failed rows is read as its first file was.
    """
    kind, org = get_import_kind(upload.kind), upload.org
    first = _find_first_mapping(upload)
    last = find_mapping(org_id=org.pk, kind=upload.kind, header=upload.header)
    guessed = kind.guess(
        org,
        upload.header,
        sample,
        delimiter=upload.delimiter,
        remembered=last or find_latest_mapping(org_id=org.pk, kind=upload.kind),
    )
    stored = first or last
    if stored is None:
        return guessed
    known = kind.columns(org, CellFormats(org.zone))
    mapping = reuse_mapping(stored, guessed=guessed, known=known)
    if first is None:
        return mapping
    reading = type(mapping).of_json(first)
    return replace(
        mapping,
        day_first=reading.day_first,
        decimal_comma=reading.decimal_comma,
        settled=reading.settled,
    )


def _find_first_mapping(upload: ImportRun) -> Mapping[str, Any] | None:
    """Return the mapping of the file whose failed rows these are; None for another file.

    The name of the file tells the import; if it was changed, the header tells the last one.
    """
    if upload.header[:1] != [REASON_COLUMN]:
        return None
    name = _FAILED_ROWS_NAME.search(upload.file_name)
    first = None
    if name is not None:
        first = find_import(org_id=upload.org_id, kind=upload.kind, import_id=int(name[1]))
    if first is not None and first.mapping:
        if first.header == upload.header:
            return dict(first.mapping)
        if first.header == upload.header[1:]:
            return shift_behind_reason(first.mapping)
    stored = find_mapping(org_id=upload.org_id, kind=upload.kind, header=upload.header[1:])
    if stored is not None:
        return shift_behind_reason(stored)
    return find_mapping(org_id=upload.org_id, kind=upload.kind, header=upload.header)
