"""Opening an uploaded file where its reading goes on."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import BinaryIO, cast

from crm.runs.models import ImportRun
from crm.runs.reading.csv_table import CsvTable
from crm.runs.reading.table import Layout, Position, Table
from crm.runs.reading.xlsx_table import XlsxTable


def layout_of(upload: ImportRun) -> Layout:
    return Layout(
        upload.format, upload.header, upload.has_header, upload.encoding, upload.delimiter
    )


def open_file(upload: ImportRun) -> BinaryIO:
    """The file as it was uploaded; whoever opens it closes it."""
    return cast(BinaryIO, upload.file.storage.open(str(upload.file.name), "rb"))


@contextmanager
def open_table(upload: ImportRun, position: Position) -> Generator[Table, None, None]:
    """The rows of the file from a position on; nothing but the rows at hand is held."""
    name, layout = str(upload.file.name), layout_of(upload)
    if upload.format == ImportRun.Format.XLSX:
        # Stays open between slices, with the sheet that reads from it.
        yield XlsxTable(lambda: open_file(upload), layout, name, position)
        return
    with open_file(upload) as stream:
        yield CsvTable(stream, layout, upload.file_size, position)
