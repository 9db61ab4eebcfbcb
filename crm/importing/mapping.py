"""What the columns of a file mean: guessed from its header and first rows, or as staff said."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self, TypeVar

from crm.importing.cells import bare
from crm.importing.columns import Column

IGNORE = ""
# The column that a file of failed rows begins with; it comes back with the mended file.
REASON = "Reason (not imported)"
# Countries that write the month first; everybody else's 1/12 is in December.
MONTH_FIRST = {"US", "PH"}

_DAYS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})(?:\D.*)?", re.ASCII)
_COMMA = re.compile(r"[-+]?\d[\d. ]*,\d{1,2}", re.ASCII)
_POINT = re.compile(r"[-+]?\d[\d,]*\.\d{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading:
    """A target and a default for each column, and what holds for all rows of any kind.

    A default stands where the cell is blank.
    """

    targets: Sequence[str]
    defaults: Sequence[str] = ()
    day_first: bool = True
    decimal_comma: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


Reading = TypeVar("Reading", bound=FileReading)


def texts_of(sample: Iterable[Sequence[str]]) -> list[list[str]]:
    """The first rows of a file as guesses look at them."""
    return [[bare(cell) for cell in row] for row in sample]


def guess_targets(
    names: Sequence[str],
    texts: Sequence[Sequence[str]],
    columns: Iterable[Column],
    by_looks: Callable[[Sequence[str]], str] = lambda seen: IGNORE,
) -> list[str]:
    """What each column likely means, each meaning once: by its name, or by its cells where the
    file has no names."""
    by_word = {word: column for column in reversed([*columns]) for word in _words(column)}
    targets: list[str] = []
    for place, name in enumerate(names):
        seen = [row[place] for row in texts if place < len(row) and row[place]]
        column = by_word.get(_word(name))
        target = column.target if column is not None and name != REASON else IGNORE
        if not target and name == f"Column {place + 1}":
            target = by_looks(seen)
        targets.append(target if target not in targets else IGNORE)
    return targets


def remembered(stored: Mapping[str, Any], *, guessed: Reading, known: Collection[str]) -> Reading:
    """What such columns meant the last time, but for targets that are gone since."""
    reading = type(guessed).of_json(stored)
    width = len(guessed.targets)
    targets = [target if target in known else IGNORE for target in reading.targets]
    unsaid = {
        one.name: getattr(guessed, one.name)
        for one in fields(reading)
        if getattr(reading, one.name) is None
    }
    return replace(
        reading,
        **unsaid,
        targets=[*targets, *[IGNORE] * width][:width],
        defaults=[*reading.defaults, *[""] * width][:width],
        # These depend on what is in the file, not on what its columns are called.
        day_first=guessed.day_first,
        decimal_comma=guessed.decimal_comma,
    )


def behind_reason(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The same columns behind the one that a file of failed rows begins with."""
    return {
        **stored,
        "targets": [IGNORE, *stored["targets"]],
        "defaults": ["", *stored["defaults"]],
    }


def is_day_first(texts: Sequence[Sequence[str]], country: str) -> bool:
    """A number beyond 12 tells days from months; without one the country does."""
    days = [match for row in texts for cell in row if (match := _DAYS.fullmatch(cell))]
    first = sum(int(match[1]) > 12 for match in days)
    second = sum(int(match[2]) > 12 for match in days)
    return first > second if first != second else country not in MONTH_FIRST


def has_decimal_comma(texts: Sequence[Sequence[str]]) -> bool:
    commas = sum(1 for row in texts for cell in row if _COMMA.fullmatch(cell))
    points = sum(1 for row in texts for cell in row if _POINT.fullmatch(cell))
    return commas > points


def _words(column: Column) -> set[str]:
    return {_word(column.label), _word(column.key or column.target), *column.synonyms}


def _word(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
