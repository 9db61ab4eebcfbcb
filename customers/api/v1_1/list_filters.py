"""The query of a v1.1 list: each parameter is declared once, with its description."""

from collections.abc import Iterable
from copy import copy
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters import Filter, FilterSet
from drf_spectacular.utils import OpenApiParameter

from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.views import V11View
from crm.kernel.ids import LARGEST_ID, read_number
from customers.models import Customer
from customers.rules.times import Span, get_day_span, read_span
from loyalty.rules.amounts import read_amount

MAX_ROWS, DEFAULT_ROWS = 100, 10
MAX_TEXT_LENGTH = 150
FLAG_WORDS = {"true": True, "false": False, "1": True, "0": False}


class ListFilters(FilterSet):
    """The filters and options of a list. Blank and undeclared parameters are ignored.

    A query calls ``filter_queryset`` with its rows; a view reads options from ``values``.
    """

    class Meta:
        model = Customer  # no filter is made of it, and the rows may be of any model
        fields = ()

    def __init__(self, view: V11View) -> None:
        self.zone = view.org.zone
        super().__init__(view.request.query_params)
        for name, problems in self.errors.items():
            raise RequestInvalid(detail=f"{name} {problems[0]}")

    @property
    def values(self) -> dict[str, Any]:
        """The values by parameter; None for those that are not given."""
        return self.form.cleaned_data

    @classmethod
    def build_parameters(cls) -> list[OpenApiParameter]:
        """Return the parameters for the API page."""
        return [
            OpenApiParameter(name, str, description=each.description)
            for name, each in cls.base_filters.items()
        ]


class QueryField(forms.Field):
    """Reads a parameter as its filter does."""

    def __init__(self, reader: "Text") -> None:
        super().__init__(required=False)
        self.reader = reader

    def __deepcopy__(self, memo: Any) -> "QueryField":
        return self  # made for one form, which would copy it

    def clean(self, value: str | None) -> Any:
        text = (value or "").strip()
        if len(text) > self.reader.longest or "\0" in text:
            raise ValidationError(f"is at most {self.reader.longest} characters.")
        return self.reader.read(text) if text else None


class Text(Filter):
    """Filter by a field of the row, or, without one, an option that filters nothing."""

    def __init__(
        self,
        description: str,
        field_name: str = "",
        lookup: str = "exact",
        *,
        longest: int = MAX_TEXT_LENGTH,
    ) -> None:
        super().__init__(field_name, lookup, label="")
        self.description = description
        self.longest = longest

    def __deepcopy__(self, memo: Any) -> "Text":
        return copy(self)  # each query sets the parent of its own; nothing else changes

    @property
    def field(self) -> QueryField:
        return QueryField(self)

    def read(self, text: str) -> Any:
        """Return the value of a text that is not blank, or raise ValidationError."""
        return text

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return super().filter(rows, value) if self.field_name else rows


class Number(Text):
    minimum, maximum = 1, LARGEST_ID

    def read(self, text: str) -> int:
        number = read_number(text)
        if number is None or not self.minimum <= number <= self.maximum:
            raise ValidationError(f"is a number from {self.minimum} to {self.maximum}.")
        return number


class Rows(Number):
    """How many rows are listed."""

    maximum = MAX_ROWS


class Offset(Number):
    minimum, maximum = 0, 1_000_000


class Numbers(Text):
    """Numbers from 0, separated by commas."""

    def __init__(self, description: str, *, most: int) -> None:
        super().__init__(description, longest=most * 25)
        self.most = most

    def read(self, text: str) -> list[int]:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        numbers = [number for part in parts if (number := read_number(part)) is not None]
        if len(parts) > self.most or len(numbers) < len(parts):
            raise ValidationError(f"is at most {self.most} numbers, separated by commas.")
        return numbers


class Amount(Text):
    def read(self, text: str) -> Decimal:
        amount = read_amount(text)
        if amount is None:
            raise ValidationError("is an amount.")
        return amount


class Word(Text):
    """One of the words, whatever its case."""

    def __init__(self, description: str, words: Iterable[str], **options: Any) -> None:
        super().__init__(description, **options)
        self.words = {word.lower(): word for word in words}

    def read(self, text: str) -> Any:
        if text.lower() not in self.words:
            raise ValidationError(f"is one of: {', '.join(self.words.values())}.")
        return self.words[text.lower()]


class Words(Word):
    """Some of the words, with a separator."""

    def __init__(
        self, description: str, words: Iterable[str], *, separator: str = ",", **options: Any
    ) -> None:
        super().__init__(description, words, **options)
        self.separator = separator

    def read(self, text: str) -> list[str]:
        parts = [part.strip() for part in text.split(self.separator)]
        return [super(Words, self).read(part) for part in parts if part]


class Flag(Word):
    """Whether something is shown."""

    def __init__(self, description: str = "") -> None:
        super().__init__(description, FLAG_WORDS)

    def read(self, text: str) -> bool:
        return FLAG_WORDS[super().read(text)]


class Since(Text):
    """From the start of the day or second that is given."""

    def read(self, text: str) -> Span:
        span = read_span(text, self.parent.zone)
        if span is None:
            raise ValidationError("is a day or a time, such as 2016-12-21 23:45:45.")
        return span

    def filter(self, rows: QuerySet[Any], value: Span | None) -> QuerySet[Any]:
        return self.filter_span(rows, value) if value and self.field_name else rows

    def filter_span(self, rows: QuerySet[Any], span: Span) -> QuerySet[Any]:
        return rows.filter(**{f"{self.field_name}__gte": span.start})


class Until(Since):
    """Until the end of the day or second that is given, which is included."""

    def filter_span(self, rows: QuerySet[Any], span: Span) -> QuerySet[Any]:
        return rows.filter(**{f"{self.field_name}__lt": span.end})


class Day(Since):
    """Within the day of the organization that is given."""

    def read(self, text: str) -> Span:
        zone = self.parent.zone
        return get_day_span(super().read(text).start.astimezone(zone).date(), zone)

    def filter_span(self, rows: QuerySet[Any], span: Span) -> QuerySet[Any]:
        name = self.field_name
        return rows.filter(**{f"{name}__gte": span.start, f"{name}__lt": span.end})


def read_flags(view: V11View, names: Iterable[str]) -> list[str]:
    """Return the flags that are true. A form for each call would slow down ``customer/get``."""
    field, query = QueryField(Flag()), view.request.query_params
    flags = []
    for name in names:
        try:
            if field.clean(query.get(name)):
                flags.append(name)
        except ValidationError as refusal:
            raise RequestInvalid(detail=f"{name} {refusal.message}") from refusal
    return flags
