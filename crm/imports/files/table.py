"""The common interface of CSV and Excel tables."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from crm.kernel.staff_texts import TextTemplate

TOO_MANY_COLUMNS = TextTemplate("The file has {count:,} columns; the maximum is {most}.")

MAX_COLUMNS = 300
MAX_ROW_BYTES = 64 * 1024  # a longer row is usually an unclosed quotation mark

# Where to continue reading: JSON values, stored with a run.
Position = dict[str, Any]


class UnreadableFile(Exception):
    """The file is not a readable table; the message is shown to staff."""


@dataclass(frozen=True, slots=True)
class Row:
    """One raw row; ``fault`` says why it is malformed, or is blank."""

    number: int
    cells: list[str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a file. Column ``names`` are unique and never blank."""

    format: str
    names: list[str]
    has_header: bool
    encoding: str = ""
    delimiter: str = ""


class Table(Protocol):
    """Rows of a file, from a position on."""

    position: Position

    def rows(self) -> Iterator[Row]:
        """Yield rows that are not blank; ``position`` is always after the last one."""

    def share(self) -> float:
        """Return the share of the file that was read, from 0 to 1; 0 when unknown."""


def build_column_names(cells: list[str]) -> list[str]:
    """Return a unique name for each column; a blank one is named by its number.

    Raises:
        UnreadableFile: there are too many columns.
    """
    if len(cells) > MAX_COLUMNS:
        raise UnreadableFile(TOO_MANY_COLUMNS(count=len(cells), most=MAX_COLUMNS))
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = " ".join(cell.replace("\0", "").split())[:120] or f"Column {number}"
        suffix, unique = 2, name
        while unique in names:
            unique, suffix = f"{name} ({suffix})", suffix + 1
        names.append(unique)
    return names


def digest_header(header: Sequence[str]) -> str:
    """Return a digest of the header that ignores case and blanks."""
    folded = [" ".join(name.casefold().split()) for name in header]
    return hashlib.sha256(json.dumps(folded).encode()).hexdigest()


def is_blank(cells: list[str]) -> bool:
    return not any(cells) or not any(cell.strip() for cell in cells)
