"""Tables as files: CSV piece by piece, workbooks by way of the disk."""

import csv
import tempfile
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# One less than a sheet can hold: each begins with the header.
ROWS_A_SHEET = 1_000_000
LINES_A_PIECE = 500


class _Echo:
    """A file that returns what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_pieces(rows: Iterator[list[Any]]) -> Iterator[bytes]:
    """The rows as CSV; with the mark by which a spreadsheet knows that it is UTF-8."""
    write = csv.writer(_Echo()).writerow
    yield b"\xef\xbb\xbf"
    while some := list(islice(rows, LINES_A_PIECE)):
        yield "".join(write(row) for row in some).encode()


def workbook_file(rows: Iterator[list[Any]]) -> IO[bytes]:
    """A file with the rows as a workbook, which goes from the disk when it is closed.

    The first row is the header of each sheet. A workbook ends with its index, so it cannot be
    sent before it is whole.
    """
    book = Workbook(write_only=True)
    header = next(rows)
    written = ROWS_A_SHEET
    while written == ROWS_A_SHEET:
        sheet, written = book.create_sheet(), 0
        sheet.append(header)
        for written, row in enumerate(islice(rows, ROWS_A_SHEET), start=1):  # noqa: B007
            sheet.append([_cell(value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115  whoever gets it closes it
    book.save(file)
    file.seek(0)
    return file


def _cell(value: Any) -> Any:
    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
