"""What every kind of file looks like to those who read its rows."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

MOST_COLUMNS = 300
LONGEST_ROW = 64 * 1024  # bytes; longer ones are no rows of people, but a quote never closed

# Where reading goes on: plain values, kept with a run.
Position = dict[str, Any]


class CannotRead(Exception):
    """The file is no table that we can read; the sentence is shown to staff."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands; ``fault`` says why it cannot be trusted, in words."""

    number: int
    cells: list[str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written. ``names`` are unique and never blank."""

    format: str
    names: list[str]
    has_header: bool
    encoding: str = ""
    delimiter: str = ""


class Table(Protocol):
    """Rows of a file, from a position on."""

    position: Position

    def rows(self) -> Iterator[Row]:
        """Yield rows that are not blank; ``position`` is always behind the last one."""

    def share(self) -> float:
        """How much of the file lies behind, from 0 to 1; 0 when nobody can know."""


def named(cells: list[str]) -> list[str]:
    """Give each column a name that no other has; a blank one is called by its place.

    Raises:
        CannotRead: there are too many columns for anybody to map.
    """
    if len(cells) > MOST_COLUMNS:
        raise CannotRead(f"The file has {len(cells):,} columns; {MOST_COLUMNS} are the most.")
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = " ".join(cell.replace("\0", "").split())[:120] or f"Column {place}"
        again, unique = 2, name
        while unique in names:
            unique, again = f"{name} ({again})", again + 1
        names.append(unique)
    return names


def digest_of(header: Sequence[str]) -> str:
    """One spelling for headers that mean the same: case and blanks do not count."""
    folded = [" ".join(name.casefold().split()) for name in header]
    return hashlib.sha256(json.dumps(folded).encode()).hexdigest()


def is_blank(cells: list[str]) -> bool:
    return not any(cells) or not any(cell.strip() for cell in cells)
