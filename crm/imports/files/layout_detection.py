"""Detect the layout of a file: format, encoding, delimiter and header."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from crm.imports.files.csv_table import (
    UTF_8,
    CsvTable,
    decode,
    marked_encoding,
    named_delimiter,
)
from crm.imports.files.table import Layout, Row, UnreadableFile, build_column_names, is_blank
from crm.imports.files.xlsx_table import MISSING_SHEET, XlsxTable, open_sheet
from crm.kernel.staff_texts import staff_text

CSV, XLSX = "CSV", "XLSX"
DELIMITERS = (",", ";", "\t", "|")
SAMPLE_BYTES = 256 * 1024
SAMPLE_ROWS = 200

_WORKBOOK_MAGIC = b"PK\x03\x04"
_UNSUPPORTED_FORMATS = {
    b"\xd0\xcf\x11\xe0": staff_text("This is an old Excel file (.xls). Save it as .xlsx or CSV."),
    b"\x1f\x8b": staff_text("The file is compressed. Unpack it first."),
}
NO_TABLE = staff_text("This is not a CSV or Excel file.")
EMPTY = staff_text("The file is empty.")
ONLY_HEADER = staff_text("The file has a header but no rows below it.")
# Phone numbers, dates and email addresses occur in rows, not in column names.
_ESCAPED = re.compile("[\udc80-\udcff]")
_DATA_CELL = re.compile(r"\+?\d[\d .,/:()-]{3,}|[^@\s]+@[^@\s]+\.[^@\s]+")


def detect_layout(stream: BinaryIO, size: int) -> Layout:
    """Return the layout of the file.

    Raises:
        UnreadableFile: it is not a table or has no rows; the message says what to do.
    """
    stream.seek(0)
    start = stream.read(SAMPLE_BYTES)
    if not start.strip():
        raise UnreadableFile(EMPTY)
    for magic, sentence in _UNSUPPORTED_FORMATS.items():
        if start.startswith(magic):
            raise UnreadableFile(sentence)
    if start.startswith(_WORKBOOK_MAGIC):
        return _detect_workbook_layout(stream)
    return _detect_text_layout(stream, start, size)


def read_first_rows(stream: BinaryIO, layout: Layout, size: int, count: int) -> list[Row]:
    """Return the first rows below the header, for the preview."""
    if layout.format == XLSX:
        return list(islice(XlsxTable(lambda: stream, layout, "", {}).rows(), count))
    return list(islice(CsvTable(stream, layout, size, {}).rows(), count))


def change_layout(stream: BinaryIO, layout: Layout, size: int, **changes: object) -> Layout:
    """Return the layout of the file with corrections by staff.

    ``changes`` are any of encoding, delimiter and has_header.
    """
    options = {
        "encoding": layout.encoding,
        "delimiter": layout.delimiter,
        "has_header": layout.has_header,
        **changes,
    }
    raw_layout = Layout(layout.format, [], False, options["encoding"], options["delimiter"])  # type: ignore[arg-type]
    if layout.format == XLSX:
        sample: list[list[str]] = _read_workbook_sample(stream)
    else:
        sample = [row.cells for row in read_first_rows(stream, raw_layout, size, SAMPLE_ROWS)]
    return Layout(
        layout.format,
        _build_names(sample, bool(options["has_header"])),
        bool(options["has_header"]),
        raw_layout.encoding,
        raw_layout.delimiter,
    )


def _detect_workbook_layout(stream: BinaryIO) -> Layout:
    sample = _read_workbook_sample(stream)
    if not sample:
        raise UnreadableFile(MISSING_SHEET)
    has_header = looks_like_header(sample[0])
    if has_header and len(sample) == 1:
        raise UnreadableFile(ONLY_HEADER)
    return Layout(XLSX, _build_names(sample, has_header), has_header)


def _read_workbook_sample(stream: BinaryIO) -> list[list[str]]:
    rows, _ = open_sheet(stream)
    filled = (cells for _, cells in rows if not is_blank(cells))
    return [_trim_blank_cells(cells) for cells in islice(filled, SAMPLE_ROWS)]


def _trim_blank_cells(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _detect_text_layout(stream: BinaryIO, start: bytes, size: int) -> Layout:
    encoding = marked_encoding(start) or _detect_encoding(stream)
    text, _ = decode(start, encoding)
    controls = len(re.findall(r"[\x00-\x08\x0e-\x1f]", text))
    if controls > 8 + len(text) // 200:
        raise UnreadableFile(NO_TABLE)
    text = text.removeprefix("\ufeff").replace("\0", "")
    named_by_file = named_delimiter(text)
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    if len(start) == SAMPLE_BYTES and len(lines) > 1:
        lines.pop()  # cut off in the middle
    delimiter = named_by_file or _detect_delimiter(lines)
    raw_layout = Layout(CSV, [], False, encoding, delimiter)
    sample = [row.cells for row in read_first_rows(stream, raw_layout, size, SAMPLE_ROWS)]
    if not sample:
        raise UnreadableFile(EMPTY)
    has_header = looks_like_header(sample[0])
    if has_header and len(sample) == 1:
        raise UnreadableFile(ONLY_HEADER)
    return Layout(CSV, _build_names(sample, has_header), has_header, encoding, delimiter)


def looks_like_header(cells: list[str]) -> bool:
    """Whether the first row holds column names instead of data."""
    return not any(_DATA_CELL.fullmatch(cell.strip()) for cell in cells)


def _build_names(sample: list[list[str]], has_header: bool) -> list[str]:
    if has_header and sample:
        return build_column_names(sample[0])
    widths = Counter(len(cells) for cells in sample)
    return build_column_names([""] * (widths.most_common(1)[0][0] if widths else 1))


def _detect_encoding(stream: BinaryIO) -> str:
    """UTF-8 when the file is, but for some bytes; otherwise Windows' letters or Latin-1.

    A row with a wrong byte is refused by itself: nobody wants the whole file in other letters.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    letters = invalid_count = 0
    stream.seek(0)
    while block := stream.read(1024**2):
        text = decoder.decode(block)
        if not text.isascii():
            non_ascii_count = len(text) - len(text.encode("ascii", "ignore"))
            escaped = len(_ESCAPED.findall(text))
            letters += non_ascii_count - escaped
            invalid_count += escaped
    return UTF_8 if not invalid_count or 0 < letters >= invalid_count else "cp1252"


def _detect_delimiter(lines: list[str]) -> str:
    """Return the delimiter that splits most rows into as many cells as the header."""
    best_score, best_delimiter = (0.0, 0), DELIMITERS[0]
    for delimiter in DELIMITERS:
        widths = [
            len(cells) for cells in islice(_split_lines(lines, delimiter), SAMPLE_ROWS) if cells
        ]
        if not widths or widths[0] < 2:
            continue
        score = (widths.count(widths[0]) / len(widths), widths[0])
        if score > best_score:
            best_score, best_delimiter = score, delimiter
    return best_delimiter


def _split_lines(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    except csv.Error:
        return  # A field is too long: with this delimiter a quotation mark stays open.
