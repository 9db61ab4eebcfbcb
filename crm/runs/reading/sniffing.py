"""Finding out how a file is written: its format, encoding, delimiter, and header."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from crm.runs.reading.csv_table import (
    UTF_8,
    CsvTable,
    decode,
    marked_encoding,
    named_delimiter,
)
from crm.runs.reading.table import CannotRead, Layout, Row, is_blank, named
from crm.runs.reading.xlsx_table import MISSING_SHEET, XlsxTable, open_sheet

CSV, XLSX = "CSV", "XLSX"
DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 256 * 1024
SAMPLE_ROWS = 200

_WORKBOOK = b"PK\x03\x04"
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "This is an Excel file of the old kind. Save it as .xlsx or CSV.",
    b"\x1f\x8b": "The file is compressed. Unpack it first.",
}
NO_TABLE = "This is no CSV or Excel file, but something else: a picture, perhaps, or a document."
EMPTY = "The file is empty."
ONLY_HEADER = "The file has a header but no rows below it."
# Telephones, days, and addresses stand in rows; names of columns hold none.
_ESCAPED = re.compile("[\udc80-\udcff]")
_DATA = re.compile(r"\+?\d[\d .,/:()-]{3,}|[^@\s]+@[^@\s]+\.[^@\s]+")


def sniff(stream: BinaryIO, size: int) -> Layout:
    """Say how the file is written.

    Raises:
        CannotRead: it is no table, or has no rows; the sentence says how to mend it.
    """
    stream.seek(0)
    start = stream.read(SAMPLE)
    if not start.strip():
        raise CannotRead(EMPTY)
    for magic, sentence in _OTHERS.items():
        if start.startswith(magic):
            raise CannotRead(sentence)
    if start.startswith(_WORKBOOK):
        return _sniff_workbook(stream)
    return _sniff_text(stream, start, size)


def first_rows(stream: BinaryIO, layout: Layout, size: int, count: int) -> list[Row]:
    """The first rows below the header, for people to see."""
    if layout.format == XLSX:
        return list(islice(XlsxTable(lambda: stream, layout, "", {}).rows(), count))
    return list(islice(CsvTable(stream, layout, size, {}).rows(), count))


def reread(stream: BinaryIO, layout: Layout, size: int, **changes: object) -> Layout:
    """The layout of the same file when somebody knows better than ``sniff``.

    ``changes`` are any of encoding, delimiter, has_header.
    """
    told = {
        "encoding": layout.encoding,
        "delimiter": layout.delimiter,
        "has_header": layout.has_header,
        **changes,
    }
    bare = Layout(layout.format, [], False, told["encoding"], told["delimiter"])  # type: ignore[arg-type]
    if layout.format == XLSX:
        first: list[list[str]] = _first_of_workbook(stream)
    else:
        first = [row.cells for row in first_rows(stream, bare, size, SAMPLE_ROWS)]
    return Layout(
        layout.format,
        _names(first, bool(told["has_header"])),
        bool(told["has_header"]),
        bare.encoding,
        bare.delimiter,
    )


def _sniff_workbook(stream: BinaryIO) -> Layout:
    first = _first_of_workbook(stream)
    if not first:
        raise CannotRead(MISSING_SHEET)
    has_header = looks_like_header(first[0])
    if has_header and len(first) == 1:
        raise CannotRead(ONLY_HEADER)
    return Layout(XLSX, _names(first, has_header), has_header)


def _first_of_workbook(stream: BinaryIO) -> list[list[str]]:
    rows, _ = open_sheet(stream)
    filled = (cells for _, cells in rows if not is_blank(cells))
    return [_trimmed(cells) for cells in islice(filled, SAMPLE_ROWS)]


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _sniff_text(stream: BinaryIO, start: bytes, size: int) -> Layout:
    encoding = marked_encoding(start) or _encoding(stream)
    text, _ = decode(start, encoding)
    controls = len(re.findall(r"[\x00-\x08\x0e-\x1f]", text))
    if controls > 8 + len(text) // 200:
        raise CannotRead(NO_TABLE)
    text = text.removeprefix("\ufeff").replace("\0", "")
    named_by_file = named_delimiter(text)
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    if len(start) == SAMPLE and len(lines) > 1:
        lines.pop()  # cut off in the middle
    delimiter = named_by_file or _delimiter(lines)
    bare = Layout(CSV, [], False, encoding, delimiter)
    first = [row.cells for row in first_rows(stream, bare, size, SAMPLE_ROWS)]
    if not first:
        raise CannotRead(EMPTY)
    has_header = looks_like_header(first[0])
    if has_header and len(first) == 1:
        raise CannotRead(ONLY_HEADER)
    return Layout(CSV, _names(first, has_header), has_header, encoding, delimiter)


def looks_like_header(cells: list[str]) -> bool:
    """Tell names of columns from the first row of people."""
    return not any(_DATA.fullmatch(cell.strip()) for cell in cells)


def _names(first: list[list[str]], has_header: bool) -> list[str]:
    if has_header and first:
        return named(first[0])
    widths = Counter(len(cells) for cells in first)
    return named([""] * (widths.most_common(1)[0][0] if widths else 1))


def _encoding(stream: BinaryIO) -> str:
    """UTF-8 when the file is, but for some bytes; otherwise Windows' letters or Latin-1.

    A row with a wrong byte is refused by itself: nobody wants the whole file in other letters.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    letters = wrong = 0
    stream.seek(0)
    while block := stream.read(1024**2):
        text = decoder.decode(block)
        if not text.isascii():
            strange = len(text) - len(text.encode("ascii", "ignore"))
            escaped = len(_ESCAPED.findall(text))
            letters += strange - escaped
            wrong += escaped
    return UTF_8 if not wrong or 0 < letters >= wrong else "cp1252"


def _delimiter(lines: list[str]) -> str:
    """The one that cuts most rows into the same number of cells, the header among them."""
    best, chosen = (0.0, 0), DELIMITERS[0]
    for delimiter in DELIMITERS:
        widths = [len(cells) for cells in islice(_split(lines, delimiter), SAMPLE_ROWS) if cells]
        if not widths or widths[0] < 2:
            continue
        score = (widths.count(widths[0]) / len(widths), widths[0])
        if score > best:
            best, chosen = score, delimiter
    return chosen


def _split(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    except csv.Error:
        return  # One field grew beyond all measure: with this delimiter a quote stays open.
