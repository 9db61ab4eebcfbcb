"""The list of customers as a file, streamed as it is read."""

import csv
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # type: ignore[import-untyped]

# One less than a sheet can hold: each begins with the header.
ROWS_A_SHEET = 1_000_000
LINES_A_CHUNK = 500


class _Echo:
    """A file that returns what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_response(rows: Iterator[list[Any]], name: str) -> StreamingHttpResponse:
    """Send the rows as CSV; with the mark by which a spreadsheet knows it is UTF-8."""
    write = csv.writer(_Echo()).writerow

    def chunks() -> Iterable[bytes]:
        yield b"\xef\xbb\xbf"
        while some := list(islice(rows, LINES_A_CHUNK)):
            yield "".join(write(row) for row in some).encode()

    response = StreamingHttpResponse(chunks(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_response(rows: Iterator[list[Any]], name: str) -> FileResponse:
    """Send the rows as a workbook, written to a file because a workbook ends with its index."""
    book = Workbook(write_only=True)
    header = next(rows)
    first = next(rows, None)
    remaining = chain([] if first is None else [first], rows)
    while True:
        sheet = book.create_sheet()
        sheet.append(header)
        written = 0
        for row in islice(remaining, ROWS_A_SHEET):
            sheet.append([_cell(value) for value in row])
            written += 1
        if written < ROWS_A_SHEET:
            break
    # Closed, and thereby gone, by the response.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    book.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx")


def _cell(value: Any) -> Any:
    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
