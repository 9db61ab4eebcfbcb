"""Read the rows of an Excel file, with cells as text."""

import re
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from crm.imports.files.table import Layout, Position, Row, UnreadableFile, is_blank
from crm.kernel.errors import mark_sentence as _
from crm.kernel.staff_texts import staff_text

# The strings of a workbook are held in memory while it is read, so their size is limited.
MAX_STRING_BYTES = 256 * 1024**2
MAX_UNPACKED_BYTES = 4 * 1024**3
MAX_OPEN_SHEETS = 2
DAMAGED = staff_text("The Excel file is damaged. Open it in Excel and save it again.")
MISSING_SHEET = staff_text("The Excel file has no sheet with cells.")
NUL = staff_text("the row contains an invalid character (NUL)")

# Excel keeps 15 digits of a number; those beyond are zeros that nobody typed.
MOST_DIGITS = 15
UNCOMPUTED = "#FORMULA!"  # stands where a formula has no result
BUILTIN_LAST = 164
# A format that shows digits and signs only, such as 00000 or 000-0000.
_DIGITS_FORMAT = re.compile(r"""(?:0|[-+ ./()]|\\.|"[^"]*")+""")
_FORMAT_PART = re.compile(r"""0|[-+ ./()]|\\.|"[^"]*\"""")
_THREE_DECIMALS = re.compile(r"-?\d+\.\d{3}")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


class XlsxTable:
    """The first sheet of a workbook. A position is the number of the last row.

    The middle of a sheet can only be reached by reading from the beginning. So a sheet stays open
    between the turns of a run, and a process reads it once; a process that takes over a run skips
    the rows before the position.
    """

    _open: "OrderedDict[str, _Sheet]" = OrderedDict()

    def __init__(
        self, open_file: Callable[[], BinaryIO], layout: Layout, name: str, position: Position
    ) -> None:
        """``name`` identifies the file; without a name it is not kept open."""
        self._open_file = open_file
        self._layout = layout
        self._name = name
        self._last = 0
        self.position = position or {"row": 0}

    def rows(self) -> Iterator[Row]:
        sheet = self._sheet_before(self.position["row"])
        self._last = sheet.last
        width = len(self._layout.names)
        header_follows = self._layout.has_header and self.position["row"] == 0
        for number, cells in sheet:
            if number <= self.position["row"]:
                continue
            self.position = {"row": number}
            if is_blank(cells):
                continue
            if header_follows:
                header_follows = False
                continue
            while len(cells) > width and not cells[-1]:
                cells.pop()
            cells += [""] * (width - len(cells))
            fault = NUL if any("\0" in cell for cell in cells) else ""
            yield Row(number, [cell.replace("\0", "\ufffd") for cell in cells], fault)
        if self._open.pop(self._name, None) is not None:
            sheet.close()

    def share(self) -> float:
        return min(1.0, self.position["row"] / self._last) if self._last else 0.0

    def _sheet_before(self, number: int) -> "_Sheet":
        sheet = self._open.pop(self._name, None)
        if sheet is None or sheet.number > number:
            sheet = _Sheet(self._open_file())
        if self._name:
            self._open[self._name] = sheet
        while len(self._open) > MAX_OPEN_SHEETS:
            self._open.popitem(last=False)[1].close()
        return sheet


class _Sheet:
    """An open sheet and the number of the last row read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._rows, self.last = open_sheet(stream)
        self.number = 0

    def close(self) -> None:
        """Close the file, which stayed open between the turns of a run."""
        self._stream.close()

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        for number, cells in self._rows:
            self.number = number
            yield number, cells


def open_sheet(stream: BinaryIO) -> tuple[Iterator[tuple[int, list[str]]], int]:
    """Begin reading the first sheet: its rows by number, and how many it claims to have.

    Raises:
        CannotRead: this is no workbook, it has no sheet, or it would unfold beyond all measure.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            sizes = {item.filename: item.file_size for item in archive.infolist()}
        if sizes.get("xl/sharedStrings.xml", 0) > MAX_STRING_BYTES or (
            sum(sizes.values()) > MAX_UNPACKED_BYTES
        ):
            raise UnreadableFile(_("The Excel file is too large. Save it as CSV (UTF-8) instead."))
        stream.seek(0)
        with warnings.catch_warnings():
            # The library warns about parts that it cannot write back (drawings, rules).
            warnings.simplefilter("ignore")
            book = load_workbook(stream, read_only=True, data_only=True)
        if not book.worksheets:
            raise UnreadableFile(MISSING_SHEET)
        sheet = book.worksheets[0]
        # Programs write wrong dimensions; only the rows themselves are reliable.
        last = sheet.max_row or 0
        return _guard_rows(_read_rows(book, sheet)), last
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, ParseError) as error:
        raise UnreadableFile(DAMAGED) from error


class _SheetParser(WorkSheetParser):
    """Keeps a formula that no program has computed, which would be a blank cell otherwise."""

    def parse_cell(self, element: Element) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and (formula := element.find(FORMULA_TAG)) is not None:
            cell["value"] = f"{UNCOMPUTED} {formula.text or ''}".strip()
        return cell


def _read_rows(book: Workbook, sheet: ReadOnlyWorksheet) -> Iterator[tuple[int, list[str]]]:
    formats: dict[int, str] = {}
    with sheet._get_source() as source:
        parser = _SheetParser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for number, row in parser.parse():
            cells: list[str] = []
            for cell in row:
                cells += [""] * (cell["column"] - 1 - len(cells))
                style = cell["style_id"]
                if style not in formats:
                    formats[style] = _number_format(book, style)
                cells.append(format_cell(cell["value"], formats[style]))
            yield number, cells


def _number_format(book: Workbook, style_id: int) -> str:
    number: int = book._cell_styles[style_id].numFmtId
    if number < BUILTIN_LAST:
        return BUILTIN_FORMATS.get(number, "General")
    return str(book._number_formats[number - BUILTIN_LAST])


def _guard_rows(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from rows
    except (
        zipfile.BadZipFile,
        IndexError,
        KeyError,
        ValueError,
        TypeError,
        ParseError,
        EOFError,
    ) as error:
        raise UnreadableFile(DAMAGED) from error


def format_cell(value: Any, number_format: str = "General") -> str:
    """Write a cell's value as a CSV file would have it: whole numbers without a point, days ISO.

    Zeros that a format shows are kept. A number whose last digits Excel has lost is written with
    an exponent, so that nobody takes it for the number that was typed.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return _ESCAPE.sub(_unescaped, value) if "_x" in value else value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        if len(str(abs(value))) > MOST_DIGITS:
            return f"{value:.{MOST_DIGITS - 1}E}"
        return _with_shown_zeros(value, number_format)
    if isinstance(value, float):
        # With four decimals, nobody takes 1.234 for a number with groups of three digits.
        text = repr(value)
        return f"{text}0" if _THREE_DECIMALS.fullmatch(text) else text
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code <= 0xDFFF else chr(code)


def _with_shown_zeros(value: int, number_format: str) -> str:
    """Write a whole number as a format of zeros and signs shows it: 123 by 00000 is 00123."""
    shown = number_format.partition(";")[0]
    if value < 0 or "0" not in shown or not _DIGITS_FORMAT.fullmatch(shown):
        return str(value)
    parts = _FORMAT_PART.findall(shown)
    if "." in parts:  # a decimal point, and no sign between digits
        return str(value)
    digits = str(value).zfill(parts.count("0"))
    lead = len(digits) - parts.count("0")
    text = ""
    for part in parts:
        if part != "0":
            text += part.strip('"').removeprefix("\\")
            continue
        size = 1 + (lead if lead else 0)
        text, digits, lead = text + digits[:size], digits[size:], 0
    return text
