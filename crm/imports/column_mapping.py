"""The column mapping of a file: what its columns mean, and how it writes dates and numbers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self, TypeVar

from crm.imports.cells import strip_cell
from crm.imports.country_formats import get_writing
from crm.imports.dates import find_orders
from crm.imports.header_names import IGNORE
from crm.imports.numbers import find_readings
from crm.imports.readings import About


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """A target and a default for each column, and the formats of dates and numbers.

    The default replaces a blank cell. ``decimal_comma`` is None while nobody has decided it.
    ``settled`` is what staff have decided although cells of the file say otherwise. The other
    formats: see ``CellFormats``.
    """

    targets: Sequence[str]
    defaults: Sequence[str] = ()
    day_first: bool = True
    decimal_comma: bool | None = False
    settled: Sequence[About] = ()
    has_typed_numbers: bool = False

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
    # These depend on the content of the file, not on its header.
    content = {name: getattr(guessed, name) for name in ("day_first", "decimal_comma", "settled")}
    return replace(
        mapping,
        **{**missing_options, **content},
        targets=[*targets, *[IGNORE] * width][:width],
        defaults=[*mapping.defaults, *[""] * width][:width],
    )


def shift_behind_reason(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Shift a stored mapping by one column, for a file of failed rows."""
    return {
        **stored,
        "targets": [IGNORE, *stored["targets"]],
        "defaults": ["", *stored["defaults"]],
    }


def guess_day_first(
    texts: Iterable[str], country: str, remembered: Mapping[str, Any] | None = None
) -> bool:
    """Whether dates have the day first.

    A number above 12 decides, else the remembered mapping, else the country.
    """
    orders = [find_orders(text) for text in texts]
    first = sum(order[0] for order in orders)
    second = sum(order[1] for order in orders)
    if first != second:
        return first > second
    if remembered is not None and isinstance(day_first := remembered.get("day_first"), bool):
        return day_first
    return not get_writing(country).month_first


def guess_decimal_comma(
    texts: Iterable[str],
    country: str,
    delimiter: str = "",
    remembered: Mapping[str, Any] | None = None,
) -> bool | None:
    """Whether numbers have a decimal comma; None where a number like 1.234 may be either.

    Numbers that can be read in one way only decide. Otherwise the delimiter and the country do,
    if they agree; else the remembered mapping.
    """
    readings = [find_readings(text, country) for text in texts]
    points = sum(1 for point, comma in readings if point and not comma)
    commas = sum(1 for point, comma in readings if comma and not point)
    if points != commas:
        return commas > points
    usual = get_writing(country).decimal_comma
    is_open = any(point != comma for point, comma in readings)
    if not is_open or (not points and _DELIMITER_HINTS.get(delimiter, usual) == usual):
        return usual
    if remembered is not None and isinstance(comma := remembered.get("decimal_comma"), bool):
        return comma
    return None


# Files with decimal commas are delimited by semicolons, and others by commas.
_DELIMITER_HINTS = {";": True, ",": False}
