"""The columns that an import can have. Each cleans the text of a cell and assigns it to the row."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from crm.imports.cells import is_placeholder, normalise_word, read_yes_no
from crm.imports.dates import read_date, read_date_time
from crm.imports.numbers import read_number
from crm.imports.parsed_rows import ParsedRow
from crm.imports.readings import About, AnotherReading, CellFormats
from crm.kernel import ids
from crm.kernel.errors import mark_sentence as _
from crm.kernel.staff_texts import TextTemplate
from customers.rules.fields import DATE, DATETIME, DOUBLE, INTEGER, FieldRule

NOT_A_CHOICE = TextTemplate("must be one of {labels}")

IDENTIFIER = "identifier"
LARGEST_WHOLE_NUMBER = 10**9 - 1
# Returns the name of the column mapped to a target, or a blank string.
ColumnOf = Callable[[str], str]


class Column:
    """A column of text. ``target`` is its key in the column mapping.

    ``kind`` and ``key`` are the parts of a target with a dot, such as the type of an identifier.
    ``synonyms`` are other names, by which the mapping of a file is guessed.
    """

    # What the cells hold if they are read by the formats of the file.
    about: ClassVar[About | None] = None

    def __init__(self, target: str, label: str, synonyms: str = "") -> None:
        self.target = target
        self.label = label
        self.synonyms = frozenset(synonyms.split())
        self.kind, _, self.key = target.partition(".")

    def clean(self, text: str) -> Any:
        """Return the value of a cell that is not blank.

        Raises:
            ValueError: with a message that completes the sentence "the cell ...".
        """
        return text

    def is_placeholder(self, text: str) -> bool:
        """Whether the cell says that there is no value; it is ignored with a remark."""
        return False

    def assign(self, row: ParsedRow, value: Any) -> None:
        """Store a clean value in the row."""
        if self.key:
            row.groups[self.kind][self.key] = value
        else:
            row.values[self.kind] = value


class NameColumn(Column):
    """What names a customer, a card or a bill; a placeholder such as N/A names none: ignored."""

    def is_placeholder(self, text: str) -> bool:
        return is_placeholder(text)


class IdentifierColumn(NameColumn):
    """An identifier of the customer; several columns may have the same type."""

    def __init__(self, type_: str, label: str, synonyms: str = "") -> None:
        super().__init__(f"{IDENTIFIER}.{type_}", label, synonyms)

    def assign(self, row: ParsedRow, value: Any) -> None:
        row.identifiers.append((self.key, value))


class YesNoColumn(Column):
    def clean(self, text: str) -> bool:
        return read_yes_no(text)


class ChoiceColumn(Column):
    """One of a few choices; case, blanks, dashes and underscores do not matter."""

    def __init__(
        self, target: str, label: str, choices: Iterable[tuple[str, Any]], synonyms: str = ""
    ) -> None:
        super().__init__(target, label, synonyms)
        labels = {value: str(label) for value, label in choices}
        self._labels = ", ".join(labels.values())
        self._values = {
            normalise_word(text): value
            for value, label in labels.items()
            for text in (value, label)
        }

    def clean(self, text: str) -> str:
        try:
            return self._values[normalise_word(text)]
        except KeyError:
            raise ValueError(NOT_A_CHOICE(labels=self._labels)) from None


class FormattedColumn(Column):
    """A column whose cells are read by the formats of the file: numbers, if nothing else."""

    about: ClassVar[About | None] = "numbers"

    def __init__(self, target: str, label: str, formats: CellFormats, synonyms: str = "") -> None:
        super().__init__(target, label, synonyms)
        self.formats = formats


class DateTimeColumn(FormattedColumn):
    about = "dates"

    def clean(self, text: str) -> Any:
        return read_date_time(text, self.formats)


class NumberColumn(FormattedColumn):
    """A number as text with a decimal point; whoever takes it validates it."""

    def clean(self, text: str) -> Any:
        try:
            return read_number(text, self.formats)
        except AnotherReading:
            raise
        except ValueError:
            return text


class WholeNumberColumn(FormattedColumn):
    def clean(self, text: str) -> int:
        number = ids.read_number(read_number(text, self.formats), largest=LARGEST_WHOLE_NUMBER)
        if number is None:
            raise ValueError(_("is no whole number"))
        return number


class DegreesColumn(FormattedColumn):
    """A latitude or longitude."""

    def clean(self, text: str) -> float:
        try:
            degrees = float(read_number(text, self.formats))
        except AnotherReading:
            raise
        except ValueError:
            degrees = math.nan
        if not math.isfinite(degrees):
            raise ValueError(_("is no number of degrees"))
        return degrees


class FieldDateTimeColumn(FormattedColumn):
    """A date and time in an organization's field: the field itself validates what is none.

    Only a bare number is refused here: the field would take it for milliseconds.
    """

    about = "dates"

    def clean(self, text: str) -> Any:
        try:
            return self.read(text)
        except AnotherReading:
            raise
        except ValueError:
            if text.lstrip("-").isdigit():
                raise
            return text

    def read(self, text: str) -> Any:
        return read_date_time(text, self.formats)


class FieldDateColumn(FieldDateTimeColumn):
    """A date in an organization's field, without a moment."""

    def read(self, text: str) -> Any:
        return read_date(text, self.formats).isoformat()


def build_field_columns(
    kind: str, rules: Mapping[str, FieldRule], formats: CellFormats
) -> list[Column]:
    """Return a column for each field of an organization, sorted by name."""
    return [
        _build_field_column(f"{kind}.{rule.name}", rule, formats)
        for rule in sorted(rules.values(), key=lambda rule: rule.name.casefold())
    ]


def _build_field_column(target: str, rule: FieldRule, formats: CellFormats) -> Column:
    if rule.data_type == DATE:
        return FieldDateColumn(target, rule.name, formats)
    if rule.data_type == DATETIME:
        return FieldDateTimeColumn(target, rule.name, formats)
    if rule.data_type in (INTEGER, DOUBLE):
        return NumberColumn(target, rule.name, formats)
    return Column(target, rule.name)
