"""Tables as files: CSV as a stream, Excel workbooks through a temporary file."""

import csv
import tempfile
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# One less than a sheet can hold: each begins with the header.
ROWS_PER_SHEET = 1_000_000
LINES_PER_CHUNK = 500


class _Echo:
    """A file that returns what is written to it."""

    def write(self, text: str) -> str:
        return text


def iterate_csv_chunks(rows: Iterator[list[Any]]) -> Iterator[bytes]:
    """Yield the rows as CSV, with a byte order mark so that spreadsheets read UTF-8."""
    write = csv.writer(_Echo()).writerow
    yield b"\xef\xbb\xbf"
    while chunk := list(islice(rows, LINES_PER_CHUNK)):
        yield "".join(write(row) for row in chunk).encode()


def build_workbook_file(rows: Iterator[list[Any]]) -> IO[bytes]:
    """Return a temporary file with the rows as a workbook; it is deleted when it is closed.

    The first row is the header of each sheet. A workbook ends with its index, so it cannot be
    streamed.
    """
    book = Workbook(write_only=True)
    header = next(rows)
    written = ROWS_PER_SHEET
    while written == ROWS_PER_SHEET:
        sheet, written = book.create_sheet(), 0
        sheet.append(header)
        for written, row in enumerate(islice(rows, ROWS_PER_SHEET), start=1):  # noqa: B007
            sheet.append([_clean_cell(value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115  whoever gets it closes it
    book.save(file)
    file.seek(0)
    return file


def _clean_cell(value: Any) -> Any:
    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
