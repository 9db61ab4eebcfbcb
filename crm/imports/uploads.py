"""From a file to its dry run in one step, for callers who cannot be asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from django.core.files import File

from crm.imports.column_mapping import ColumnMapping
from crm.imports.files.csv_table import UTF_8
from crm.imports.files.layout_detection import (
    CSV,
    DELIMITERS,
    change_layout,
    detect_layout,
    read_first_rows,
)
from crm.imports.files.table import Layout, UnreadableFile
from crm.imports.import_kinds import ImportKind
from crm.imports.mapping_proposals import propose_mapping
from crm.imports.operations.import_runs import start_dry_run, store_upload
from crm.imports.upload_options import UploadOptions, complete_mapping
from crm.kernel.errors import Notice
from crm.kernel.staff_texts import TextTemplate
from crm.kernel.transactions import within_unit_of_work
from crm.runs.errors import ImportFileUnreadable, ImportOptionsInvalid
from crm.runs.models import ImportRun
from crm.runs.notices import COLUMN_IGNORED, NUMBERS_OPEN
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin

UNKNOWN_ENCODING = TextTemplate("There is no encoding “{name}”; use utf-8 or windows-1252.")
UNKNOWN_DELIMITER = TextTemplate("“{name}” is no delimiter; use one of: comma, semicolon, tab, |.")

SAMPLE_ROWS = 100  # looked at to guess
SHOWN_SAMPLES = 3
LONGEST_SAMPLE = 60
_ENCODINGS = {"utf8": UTF_8, "cp1252": "cp1252", "windows1252": "cp1252", "latin1": "cp1252"}
_ENCODINGS |= {"iso88591": "cp1252"}
_DELIMITER_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of a file: what it means, and some of its cells."""

    name: str
    target: str
    samples: Sequence[str]


@dataclass(frozen=True, slots=True)
class PreparedUpload:
    """A file whose columns are mapped; nothing is stored yet."""

    kind: ImportKind
    layout: Layout
    mapping: ColumnMapping
    columns: Sequence[FileColumn]
    options: UploadOptions

    def list_notices(self) -> Iterator[Notice]:
        """Yield what a caller should know before anything is imported."""
        for column in self.columns:
            if not column.target:
                yield Notice(COLUMN_IGNORED, column=column.name)
        if self.mapping.decimal_comma is None:
            yield Notice(NUMBERS_OPEN)


def prepare_upload(
    *, org: Organization, kind: ImportKind, file: BinaryIO, size: int, name: str,
    options: UploadOptions,
) -> PreparedUpload:  # fmt: skip
    """Find out how a file is laid out and what its columns mean, as the options say.

    Only its first rows are held in memory.

    Raises:
        ImportFileUnreadable: the file is no table, or has no rows.
        ImportOptionsInvalid: the options do not fit the file.
    """
    try:
        layout = _detect_layout(file, size, options)
        sample = [row.cells for row in read_first_rows(file, layout, size, SAMPLE_ROWS)]
    except UnreadableFile as problem:
        raise ImportFileUnreadable(reason=str(problem)) from problem
    draft = ImportRun(
        org=org,
        kind=kind.key,
        file_name=name,
        header=layout.names,
        delimiter=layout.delimiter,
    )
    proposal = propose_mapping(draft, sample)
    mapping = complete_mapping(org, kind, layout.names, proposal, options)
    columns = build_columns(layout.names, mapping.targets, sample)
    return PreparedUpload(kind, layout, mapping, columns, options)


@within_unit_of_work
def start_upload(*, origin: Origin, prepared: PreparedUpload, file: File, name: str) -> ImportRun:
    """Store a prepared file and start its dry run."""
    options = prepared.options
    upload = store_upload(
        origin=origin,
        kind=prepared.kind.key,
        file=file,
        name=name,
        layout=prepared.layout,
        auto_confirm=options.auto_confirm,
    )
    start_dry_run(
        origin=origin,
        import_id=upload.pk,
        mapping=prepared.mapping.as_json(),
        mode=options.mode,
        all_or_nothing=options.all_or_nothing,
    )
    return upload


def build_columns(
    names: Sequence[str], targets: Sequence[str], rows: Sequence[Sequence[str]]
) -> list[FileColumn]:
    """Return the columns of a file, each with its first cells that are not blank."""
    padded = [*targets, *[""] * len(names)]
    columns = []
    for index, name in enumerate(names):
        cells = (row[index][:LONGEST_SAMPLE] for row in rows if index < len(row))
        samples = [cell for cell in cells if cell.strip()][:SHOWN_SAMPLES]
        columns.append(FileColumn(name, padded[index], samples))
    return columns


def _detect_layout(file: BinaryIO, size: int, options: UploadOptions) -> Layout:
    layout = detect_layout(file, size)
    if layout.format != CSV or not (options.encoding or options.delimiter):
        return layout
    changes = {}
    if options.encoding:
        changes["encoding"] = _read_encoding(options.encoding)
    if options.delimiter:
        changes["delimiter"] = _read_delimiter(options.delimiter)
    return change_layout(file, layout, size, **changes)


def _read_encoding(name: str) -> str:
    folded = "".join(char for char in name.casefold() if char.isalnum())
    try:
        return _ENCODINGS[folded]
    except KeyError:
        raise ImportOptionsInvalid(reason=UNKNOWN_ENCODING(name=name[:40])) from None


def _read_delimiter(name: str) -> str:
    delimiter = _DELIMITER_NAMES.get(name.casefold(), name)
    if delimiter not in DELIMITERS:
        raise ImportOptionsInvalid(reason=UNKNOWN_DELIMITER(name=name[:40]))
    return delimiter
