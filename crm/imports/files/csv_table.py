"""Read the rows of a CSV file as a stream, one row in memory at a time."""

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO

from crm.imports.files.table import MAX_ROW_BYTES, Layout, Position, Row, is_blank
from crm.kernel.staff_texts import TextTemplate, staff_text

TOO_LONG_ROW = TextTemplate("the row is longer than {most} KiB")

MAX_LINES_PER_ROW = 500  # of one row: cells may hold line breaks, but not this many

OPEN_QUOTE = staff_text("a quotation mark is not closed")
TOO_LONG = TOO_LONG_ROW(most=MAX_ROW_BYTES // 1024)
STRAY_BREAK = staff_text("a cell contains a line break but no quotation marks")
NUL = staff_text("the row contains an invalid character (NUL)")
BAD_BYTES = staff_text("the row holds bytes that are not UTF-8")

UTF_8, UTF_16_LE, UTF_16_BE = "utf-8", "utf-16-le", "utf-16-be"
_MARKS = {b"\xef\xbb\xbf": UTF_8, b"\xff\xfe": UTF_16_LE, b"\xfe\xff": UTF_16_BE}
_DELIMITER_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_TEXT_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class _BrokenRow(Exception):
    """The current lines do not form a row; the message says why."""


class CsvTable:
    """A file of delimited text. A position is a byte and the number of the row before it."""

    def __init__(self, stream: BinaryIO, layout: Layout, size: int, position: Position) -> None:
        self._stream = stream
        self._layout = layout
        self._size = size
        self.position = position or {"byte": find_start(stream, layout.encoding), "row": 0}

    def rows(self) -> Iterator[Row]:
        lines = _Lines(self._stream, self._layout.encoding, self.position["byte"])
        number: int = self.position["row"]
        header_follows = self._layout.has_header and number == 0
        width = len(self._layout.names)
        reader = self._reader(lines)
        while True:
            lines.begin_row()
            fault = ""
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (_BrokenRow, csv.Error) as error:
                # Only the first line is lost: the following lines may be valid rows.
                fault = str(error) if isinstance(error, _BrokenRow) else STRAY_BREAK
                cells = [lines.go_back_to_second()]
                reader = self._reader(lines)
            number += 1
            self.position = {"byte": lines.byte, "row": number}
            if lines.has_nul:
                cells = [cell.replace("\0", "\ufffd") for cell in cells]
                fault = fault or NUL
            if lines.holds_bad_bytes:
                fault = fault or BAD_BYTES
            if not fault and is_blank(cells):
                continue
            if header_follows:
                header_follows = False
                continue
            if not fault and len(cells) < width:
                # Programs leave the delimiters of the last blank cells away.
                cells += [""] * (width - len(cells))
            yield Row(number, cells, fault)

    def _reader(self, lines: "_Lines") -> Iterator[list[str]]:
        # A blank before a quote is not part of the cell.
        return csv.reader(lines, delimiter=self._layout.delimiter, skipinitialspace=True)

    def share(self) -> float:
        return self.position["byte"] / self._size if self._size else 1.0


def marked_encoding(start: bytes) -> str:
    """Return the encoding that a byte order mark names; blank without one."""
    return next((name for mark, name in _MARKS.items() if start.startswith(mark)), "")


def find_start(stream: BinaryIO, encoding: str = UTF_8) -> int:
    """Return the first byte of the table: behind a byte order mark and a line ``sep=;``."""
    stream.seek(0)
    start = stream.read(16)
    mark = next((len(mark) for mark in _MARKS if start.startswith(mark)), 0)
    text, _ = decode(start[mark:], encoding)
    line = _DELIMITER_LINE.match(text)
    return mark + len(line[0].encode(encoding)) if line else mark


def named_delimiter(text: str) -> str:
    """Return the delimiter that a first line ``sep=;`` names; blank where there is none."""
    line = _DELIMITER_LINE.match(text)
    return line[1] if line else ""


def decode(line: bytes, encoding: str) -> tuple[str, bool]:
    """Return the text, and whether all its bytes are of the encoding."""
    if encoding in (UTF_8, UTF_16_LE, UTF_16_BE):
        try:
            return line.decode(encoding), True
        except UnicodeDecodeError:
            return line.decode(encoding, "replace"), False
    try:
        return line.decode("cp1252"), True
    except UnicodeDecodeError:
        return line.decode("latin-1"), True


class _ByteLines:
    """Lines of bytes, whether they end in LF, CR LF or CR, in one or two bytes a character."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._two_bytes = encoding in (UTF_16_LE, UTF_16_BE)
        self._pieces: list[bytes] = []

    def seek(self, byte: int) -> None:
        self._pieces = []
        self._stream.seek(byte)

    def next_line(self) -> bytes:
        """Return the next line with its end; at most ``LONGEST_ROW`` bytes of a longer one."""
        if self._pieces:
            return self._pieces.pop()
        block = self._read_wide_block() if self._two_bytes else self._read_block()
        if (end := block.find(b"\r")) < 0 or (not self._two_bytes and end == len(block) - 2):
            return block
        pieces = self._cut(block)
        if len(pieces) > 1 and not self.ends(pieces[-1]) and len(block) >= MAX_ROW_BYTES:
            # The block ended in the middle of a line: it is read again from its beginning.
            self._stream.seek(-len(pieces.pop()), 1)
        self._pieces = pieces[::-1]
        return self._pieces.pop()

    def _read_block(self) -> bytes:
        block = self._stream.readline(MAX_ROW_BYTES)
        if block.endswith(b"\r") and (following := self._stream.read(1)):
            if following == b"\n":
                return block + following
            self._stream.seek(-1, 1)
        return block

    def _read_wide_block(self) -> bytes:
        """Read up to a line feed of two bytes; a single 0x0A is part of another character."""
        newline = "\n".encode(self._encoding)
        block = b""
        while part := self._stream.readline(MAX_ROW_BYTES - len(block)):
            block += part
            if len(block) % 2:
                block += self._stream.read(1)
            if block.endswith(newline) or len(block) >= MAX_ROW_BYTES:
                break
        return block

    def _cut(self, block: bytes) -> list[bytes]:
        if not self._two_bytes:
            return _LINES.findall(block)
        text = block.decode(self._encoding, "surrogatepass")
        return [line.encode(self._encoding, "surrogatepass") for line in _TEXT_LINES.findall(text)]

    def ends(self, line: bytes) -> bool:
        return decode(line, self._encoding)[0].endswith(("\r", "\n"))


class _Lines:
    """Lines for the csv reader, which takes as many as a row has; tracks their byte positions."""

    def __init__(self, stream: BinaryIO, encoding: str, byte: int) -> None:
        self._lines = _ByteLines(stream, encoding)
        self._encoding = encoding
        self.byte = byte
        self._lines.seek(byte)
        self.begin_row()

    def begin_row(self) -> None:
        self._first, self._first_end = "", self.byte
        self._began, self._count = self.byte, 0
        self.has_nul = self.holds_bad_bytes = False

    def go_back_to_second(self) -> str:
        """Return the first line of a broken row, and continue after it."""
        self._lines.seek(self._first_end)
        self.byte = self._first_end
        self.has_nul = "\0" in self._first
        self.holds_bad_bytes = "\ufffd" in self._first
        return self._first.rstrip("\r\n")

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._lines.next_line()
        if not line:
            if self._count:
                raise _BrokenRow(OPEN_QUOTE)
            raise StopIteration
        text, readable = decode(line, self._encoding)
        if len(line) >= MAX_ROW_BYTES and not text.endswith(("\n", "\r")):
            self._skip_line(line)
            raise _BrokenRow(TOO_LONG)
        self.byte += len(line)
        self._count += 1
        if not readable:
            self.holds_bad_bytes = True
        if self._count == 1:
            self._first, self._first_end = text, self.byte
        elif self._count > MAX_LINES_PER_ROW or self.byte - self._began > MAX_ROW_BYTES:
            raise _BrokenRow(OPEN_QUOTE)
        if "\0" in text:
            self.has_nul = True
        return text

    def _skip_line(self, line: bytes) -> None:
        if self._count:
            return  # An unclosed quote led here; the reader goes back to the first line.
        self._first, _ = decode(line[:200], self._encoding)
        while line and not self._lines.ends(line):
            self.byte += len(line)
            line = self._lines.next_line()
        self.byte += len(line)
        self._first_end = self.byte
