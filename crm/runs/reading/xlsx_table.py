"""Rows of an Excel file: cells as the text that a person sees in them, more or less."""

import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from crm.runs.reading.table import CannotRead, Layout, Position, Row, is_blank

# The words of a sheet are held in memory while it is read, so they must not be a bomb.
LARGEST_WORDS = 256 * 1024**2
LARGEST_SHEETS = 4 * 1024**3
MOST_OPEN = 2
DAMAGED = "The Excel file is damaged. Open it in Excel and save it again."
MISSING_SHEET = "The Excel file holds no sheet with cells."
NUL = "the row holds a character that is no text (NUL)"

Values = tuple[Any, ...]


class XlsxTable:
    """The first sheet of a workbook. A position is the number of the last row.

    Nothing leads into the middle of a sheet but reading it from its beginning. So a sheet stays
    open between the slices of a run, and a process reads it once, however often it is asked to
    go on; one that comes late passes over what others have done.
    """

    _open: "OrderedDict[str, _Sheet]" = OrderedDict()

    def __init__(
        self, open_file: Callable[[], BinaryIO], layout: Layout, name: str, position: Position
    ) -> None:
        """``name`` is the file's among all files; a file without one is not kept open."""
        self._open_file = open_file
        self._layout = layout
        self._name = name
        self._last = 0
        self.position = position or {"row": 0}

    def rows(self) -> Iterator[Row]:
        sheet = self._sheet_before(self.position["row"])
        self._last = sheet.last
        width = len(self._layout.names)
        for number, values in sheet:
            if number <= self.position["row"]:
                continue
            self.position = {"row": number}
            if number == 1 and self._layout.has_header:
                continue
            cells = [as_text(value) for value in values]
            while len(cells) > width and not cells[-1]:
                cells.pop()
            if not is_blank(cells):
                cells += [""] * (width - len(cells))
                fault = NUL if any("\0" in cell for cell in cells) else ""
                yield Row(number, [cell.replace("\0", "\ufffd") for cell in cells], fault)
        self._open.pop(self._name, None)

    def share(self) -> float:
        return min(1.0, self.position["row"] / self._last) if self._last else 0.0

    def _sheet_before(self, number: int) -> "_Sheet":
        sheet = self._open.pop(self._name, None)
        if sheet is None or sheet.number > number:
            sheet = _Sheet(self._open_file())
        if self._name:
            self._open[self._name] = sheet
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        return sheet


class _Sheet:
    """An open sheet and how far it was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._rows, self.last = open_sheet(stream)
        self.number = 0

    def __iter__(self) -> Iterator[tuple[int, Values]]:
        for values in self._rows:
            self.number += 1
            yield self.number, values


def open_sheet(stream: BinaryIO) -> tuple[Iterator[Values], int]:
    """Begin reading the first sheet; also say how many rows it claims to have.

    Raises:
        CannotRead: this is no workbook, it has no sheet, or it would unfold beyond all measure.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            sizes = {item.filename: item.file_size for item in archive.infolist()}
        if sizes.get("xl/sharedStrings.xml", 0) > LARGEST_WORDS or (
            sum(sizes.values()) > LARGEST_SHEETS
        ):
            raise CannotRead("The Excel file is too large. Save it as CSV (UTF-8) instead.")
        stream.seek(0)
        with warnings.catch_warnings():
            # What the library does not keep when it writes (drawings, rules) is nothing to us.
            warnings.simplefilter("ignore")
            book = load_workbook(stream, read_only=True, data_only=True)
        if not book.worksheets:
            raise CannotRead(MISSING_SHEET)
        sheet = book.worksheets[0]
        last = sheet.max_row or 0
        # Programs write wrong sizes; the rows themselves are the truth.
        sheet.reset_dimensions()
        return _checked(sheet.iter_rows(values_only=True)), last
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, ParseError) as error:
        raise CannotRead(DAMAGED) from error


def _checked(rows: Iterator[Values]) -> Iterator[Values]:
    try:
        yield from rows
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, ParseError, EOFError) as error:
        raise CannotRead(DAMAGED) from error


def as_text(value: Any) -> str:
    """Write a cell's value as a CSV file would have it: whole numbers without a point, days ISO."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e20 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
