"""What the columns of a file mean: guessed from its header and first rows, or as staff said."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from customers.imports.cells import bare
from customers.imports.columns import IDENTIFIER, Column, CustomerImport
from customers.models import Customer
from customers.rules.registration import Standards

IGNORE = ""
# The column that a file of failed rows begins with; it comes back with the mended file.
REASON = "Reason (not imported)"
# Countries that write the month first; everybody else's 1/12 is in December.
MONTH_FIRST = {"US", "PH"}

_DAYS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})(?:\D.*)?", re.ASCII)
_COMMA = re.compile(r"[-+]?\d[\d. ]*,\d{1,2}", re.ASCII)
_POINT = re.compile(r"[-+]?\d[\d,]*\.\d{1,2}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOBILE = re.compile(r"\+?\d{10,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A target and a default for each column, and what holds for all rows.

    A default stands where the cell is blank. ``channels``: mobiles and emails are also addresses
    to be written to.
    """

    targets: Sequence[str]
    defaults: Sequence[str] = ()
    source_account_id: int | None = None
    loyalty_type: str = Customer.LoyaltyType.LOYALTY
    day_first: bool = True
    decimal_comma: bool = False
    channels: bool = True

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Reading":
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


def guess(
    *,
    names: Sequence[str],
    sample: Sequence[Sequence[str]],
    standards: Standards,
    source_account_id: int | None = None,
) -> Reading:
    """The likeliest reading; ``sample`` are the first rows, cell by cell."""
    columns = CustomerImport(standards, day_first=True, decimal_comma=False).fields.values()
    by_word = {word: column for column in reversed([*columns]) for word in _words(column)}
    texts = [[bare(cell) for cell in row] for row in sample]
    targets: list[str] = []
    for place, name in enumerate(names):
        seen = [row[place] for row in texts if place < len(row) and row[place]]
        column = by_word.get(_word(name))
        target = column.target if column is not None and name != REASON else IGNORE
        if not target and name == f"Column {place + 1}":
            target = _target_by_looks(seen)
        targets.append(target if target not in targets else IGNORE)
    return Reading(
        targets=targets,
        defaults=[""] * len(names),
        source_account_id=source_account_id,
        day_first=_is_day_first(texts, standards.default_country),
        decimal_comma=_has_decimal_comma(texts),
    )


def remembered(stored: Mapping[str, Any], *, guessed: Reading, known: CustomerImport) -> Reading:
    """What such columns meant the last time, but for fields that are gone since."""
    reading = Reading.of_json(stored)
    width = len(guessed.targets)
    targets = [target if target in known.fields else IGNORE for target in reading.targets]
    return replace(
        reading,
        targets=[*targets, *[IGNORE] * width][:width],
        defaults=[*reading.defaults, *[""] * width][:width],
        source_account_id=reading.source_account_id or guessed.source_account_id,
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


def _words(column: Column) -> set[str]:
    return {_word(column.label), _word(column.key or column.target), *column.synonyms}


def _word(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _target_by_looks(seen: Sequence[str]) -> str:
    if seen and all(_EMAIL.fullmatch(cell) for cell in seen):
        return f"{IDENTIFIER}.email"
    if seen and all(_MOBILE.fullmatch(cell) for cell in seen):
        return f"{IDENTIFIER}.mobile"
    return IGNORE


def _is_day_first(rows: Sequence[Sequence[str]], country: str) -> bool:
    """A number beyond 12 tells days from months; without one the country does."""
    days = [match for row in rows for cell in row if (match := _DAYS.fullmatch(cell))]
    first = sum(int(match[1]) > 12 for match in days)
    second = sum(int(match[2]) > 12 for match in days)
    return first > second if first != second else country not in MONTH_FIRST


def _has_decimal_comma(rows: Sequence[Sequence[str]]) -> bool:
    commas = sum(1 for row in rows for cell in row if _COMMA.fullmatch(cell))
    points = sum(1 for row in rows for cell in row if _POINT.fullmatch(cell))
    return commas > points
