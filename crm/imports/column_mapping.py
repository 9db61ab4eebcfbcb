"""The column mapping of a file: what its columns mean, and how it writes dates and numbers."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self, TypeVar

from crm.imports.cells import strip_cell
from crm.imports.header_names import IGNORE

# Countries that write the month first; in all others 1/12 is in December.
MONTH_FIRST_COUNTRIES = {"US", "PH"}

_DAYS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})(?:\D.*)?", re.ASCII)
_COMMA = re.compile(r"[-+]?\d[\d. ]*,\d{1,2}", re.ASCII)
_POINT = re.compile(r"[-+]?\d[\d,]*\.\d{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """A target and a default for each column, and the formats of dates and numbers.

    The default replaces a blank cell.
    """

    targets: Sequence[str]
    defaults: Sequence[str] = ()
    day_first: bool = True
    decimal_comma: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        known = {data_field.name for data_field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


MappingT = TypeVar("MappingT", bound=ColumnMapping)


def strip_sample(sample: Iterable[Sequence[str]]) -> list[list[str]]:
    """Trim the cells of the first rows."""
    return [[strip_cell(cell) for cell in row] for row in sample]


def reuse_mapping(
    stored: Mapping[str, Any], *, guessed: MappingT, known: Collection[str]
) -> MappingT:
    """Reuse a stored mapping of the same header, without targets that no longer exist."""
    mapping = type(guessed).of_json(stored)
    width = len(guessed.targets)
    targets = [target if target in known else IGNORE for target in mapping.targets]
    missing_options = {
        data_field.name: getattr(guessed, data_field.name)
        for data_field in fields(mapping)
        if getattr(mapping, data_field.name) is None
    }
    return replace(
        mapping,
        **missing_options,
        targets=[*targets, *[IGNORE] * width][:width],
        defaults=[*mapping.defaults, *[""] * width][:width],
        # These depend on the content of the file, not on its header.
        day_first=guessed.day_first,
        decimal_comma=guessed.decimal_comma,
    )


def shift_behind_reason(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Shift a stored mapping by one column, for a file of failed rows."""
    return {
        **stored,
        "targets": [IGNORE, *stored["targets"]],
        "defaults": ["", *stored["defaults"]],
    }


def guess_day_first(texts: Sequence[Sequence[str]], country: str) -> bool:
    """Whether dates have the day first: a number above 12 decides, else the country does."""
    days = [match for row in texts for cell in row if (match := _DAYS.fullmatch(cell))]
    first = sum(int(match[1]) > 12 for match in days)
    second = sum(int(match[2]) > 12 for match in days)
    return first > second if first != second else country not in MONTH_FIRST_COUNTRIES


def guess_decimal_comma(texts: Sequence[Sequence[str]]) -> bool:
    commas = sum(1 for row in texts for cell in row if _COMMA.fullmatch(cell))
    points = sum(1 for row in texts for cell in row if _POINT.fullmatch(cell))
    return commas > points
