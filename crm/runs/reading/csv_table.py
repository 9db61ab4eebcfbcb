"""Rows of a text file, read as a stream: whatever its size, one row is held."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from crm.runs.reading.table import LONGEST_ROW, Layout, Position, Row, is_blank

MOST_LINES = 500  # of one row; cells may hold line breaks, but not whole letters by the dozen

OPEN_QUOTE = "a quotation mark is opened and never closed"
TOO_LONG = f"the row is longer than {LONGEST_ROW // 1024} KiB"
STRAY_BREAK = "a line break stands in a cell without quotation marks"
NUL = "the row holds a character that is no text (NUL)"


class _Broken(Exception):
    """The lines at hand are no row; the message says why."""


class CsvTable:
    """A file of delimited text. A position is a byte and the number of the row before it."""

    def __init__(self, stream: BinaryIO, layout: Layout, size: int, position: Position) -> None:
        self._stream = stream
        self._layout = layout
        self._size = size
        self.position = position or {"byte": start_of(stream), "row": 0}

    def rows(self) -> Iterator[Row]:
        lines = _Lines(self._stream, self._layout.encoding, self.position["byte"])
        number: int = self.position["row"]
        reader = csv.reader(lines, delimiter=self._layout.delimiter)
        while True:
            lines.begin_row()
            fault = ""
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (_Broken, csv.Error) as problem:
                # Only the first line is lost: what follows may be rows like any other.
                fault = str(problem) if isinstance(problem, _Broken) else STRAY_BREAK
                cells = [lines.go_back_to_second()]
                reader = csv.reader(lines, delimiter=self._layout.delimiter)
            number += 1
            self.position = {"byte": lines.byte, "row": number}
            if lines.holds_nul:
                cells = [cell.replace("\0", "\ufffd") for cell in cells]
                fault = fault or NUL
            if number == 1 and self._layout.has_header:
                continue
            if fault or not is_blank(cells):
                yield Row(number, cells, fault)

    def share(self) -> float:
        return self.position["byte"] / self._size if self._size else 1.0


def start_of(stream: BinaryIO) -> int:
    """The first byte behind a byte order mark."""
    stream.seek(0)
    return 3 if stream.read(3) == b"\xef\xbb\xbf" else 0


def decode(line: bytes, encoding: str) -> str:
    """Read bytes as the encoding has them, single wrong ones as Windows and Latin-1 do."""
    if encoding == "utf-8":
        try:
            return line.decode()
        except UnicodeDecodeError:
            pass
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


class _Lines:
    """Lines for the csv reader, which asks for as many as a row has; remembers where they end."""

    def __init__(self, stream: BinaryIO, encoding: str, byte: int) -> None:
        self._stream = stream
        self._encoding = encoding
        self.byte = byte
        stream.seek(byte)
        self.begin_row()

    def begin_row(self) -> None:
        self._first, self._first_end = "", self.byte
        self._began, self._count = self.byte, 0
        self.holds_nul = False

    def go_back_to_second(self) -> str:
        """Take the first line of a broken row alone; return it."""
        self._stream.seek(self._first_end)
        self.byte = self._first_end
        self.holds_nul = "\0" in self._first
        return self._first.rstrip("\r\n")

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LONGEST_ROW)
        if not line:
            if self._count:
                raise _Broken(OPEN_QUOTE)
            raise StopIteration
        if len(line) == LONGEST_ROW and not line.endswith(b"\n"):
            self._skip_line(line)
            raise _Broken(TOO_LONG)
        self.byte += len(line)
        self._count += 1
        text = decode(line, self._encoding)
        if self._count == 1:
            self._first, self._first_end = text, self.byte
        elif self._count > MOST_LINES or self.byte - self._began > LONGEST_ROW:
            raise _Broken(OPEN_QUOTE)
        if "\0" in text:
            self.holds_nul = True
        return text

    def _skip_line(self, begun: bytes) -> None:
        if self._count:
            return  # An open quote ran into it; the first line is known and gone back to.
        self._first = decode(begun[:200], self._encoding)
        while begun and not begun.endswith(b"\n"):
            self.byte += len(begun)
            begun = self._stream.readline(LONGEST_ROW)
        self.byte += len(begun)
        self._first_end = self.byte
