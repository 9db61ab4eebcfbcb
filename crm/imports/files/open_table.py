"""Open an uploaded file, at a position to continue from."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import BinaryIO, cast

from crm.imports.files.csv_table import CsvTable
from crm.imports.files.table import Layout, Position, Table
from crm.imports.files.xlsx_table import XlsxTable
from crm.runs.models import ImportRun


def get_layout(upload: ImportRun) -> Layout:
    return Layout(
        upload.format, upload.header, upload.has_header, upload.encoding, upload.delimiter
    )


def open_file(upload: ImportRun) -> BinaryIO:
    """Open the uploaded file; the caller closes it."""
    return cast(BinaryIO, upload.file.storage.open(str(upload.file.name), "rb"))


@contextmanager
def open_table(upload: ImportRun, position: Position) -> Generator[Table, None, None]:
    """Open the rows of the file from a position on, as a stream."""
    name, layout = str(upload.file.name), get_layout(upload)
    if upload.format == ImportRun.Format.XLSX:
        # The file stays open between turns, together with its sheet.
        yield XlsxTable(lambda: open_file(upload), layout, name, position)
        return
    with open_file(upload) as stream:
        yield CsvTable(stream, layout, upload.file_size, position)
