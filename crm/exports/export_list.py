"""What can be exported: lists with their columns and filters. Apps register theirs."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import QuerySet

from crm.kernel.ids import read_id
from crm.runs.errors import ExportColumnUnknown, ExportFilterInvalid, ExportListUnknown
from crm.tenancy.models import Organization
from customers.models import Identifier
from customers.queries.customers.search import MAX_COUNT, find_customer_ids
from customers.queries.customers.test_customers import (
    exclude_test_customers,
    select_test_customers,
)
from customers.rules.times import read_span, write_moment

DAY_FROM, DAY_TO, NUMBER, TEXT, SEARCH = "from", "to", "number", "text", "search"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportColumn:
    """A column: ``path`` leads from the row to its value.

    ``identifier`` is a type of identifier of the row's customer instead. Personal data is masked
    for whoever may not read customers.
    """

    name: str
    path: str = ""
    identifier: str = ""
    is_personal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFilter:
    """A filter: a parameter, the lookup that it makes, and what values it takes."""

    name: str
    lookup: str = ""
    kind: str = TEXT
    choices: Sequence[str] = ()

    def apply(self, rows: QuerySet[Any], text: str, org: Organization) -> QuerySet[Any]:
        """Return the rows that the filter leaves.

        Raises:
            ExportFilterInvalid: the value is none that the filter takes.
        """
        if self.kind == SEARCH:
            ids = find_customer_ids(org_id=org.pk, text=text, limit=MAX_COUNT)
            return rows.filter(**{f"{self.lookup}__in": ids})
        return rows.filter(**{self.lookup: self._read(text, org)})

    def _read(self, text: str, org: Organization) -> Any:
        if self.kind in (DAY_FROM, DAY_TO):
            span = read_span(text, org.zone)
            if span is not None:
                return span.start if self.kind == DAY_FROM else span.end
        elif self.kind == NUMBER:
            number = read_id(text)
            if number is not None:
                return number
        elif self.choices:
            for choice in self.choices:
                if choice.casefold() == text.strip().casefold():
                    return choice
        elif "\0" not in text:
            return text.strip()
        raise ExportFilterInvalid(name=self.name)


# The filter of every list that asks for test customers, and its choices: only them, or all.
TEST_CUSTOMERS = "testCustomers"
TEST_CHOICES = ["yes", "all"]


class ExportList(ABC):
    """A list that can be exported, newest first."""

    key: ClassVar[str]
    columns: ClassVar[Sequence[ExportColumn]]
    filters: ClassVar[Sequence[ExportFilter]]
    # The path from a row to its customer.
    customer_path: ClassVar[str] = "customer_id"

    @abstractmethod
    def get_rows(self, org: Organization) -> QuerySet[Any]:
        """Return all rows of the organization."""

    def filter_rows(self, org: Organization, values: Mapping[str, str]) -> QuerySet[Any]:
        """Return the rows that the filters leave.

        Test customers, and what is about them, are left out unless ``testCustomers`` says
        otherwise: ``yes`` for them only, ``all`` for everybody.

        Raises:
            ExportFilterInvalid: the list has no such filter, or the filter no such value.
        """
        path = "" if self.customer_path == "pk" else self.customer_path.removesuffix("_id")
        rows = _choose_test_customers(self.get_rows(org), values.get(TEST_CUSTOMERS, ""), path)
        by_name = {declared.name: declared for declared in self.filters}
        for name, text in values.items():
            if name == TEST_CUSTOMERS:
                continue
            if name not in by_name:
                raise ExportFilterInvalid(name=name)
            rows = by_name[name].apply(rows, text, org)
        return rows

    def choose_columns(self, names: Sequence[str]) -> list[ExportColumn]:
        """Return the columns of these names, or all of them.

        Raises:
            ExportColumnUnknown: the list has no such column.
        """
        by_name = {column.name: column for column in self.columns}
        for name in names:
            if name not in by_name:
                raise ExportColumnUnknown(name=name)
        return [by_name[name] for name in names] or [*self.columns]

    def load(
        self, org: Organization, ids: Sequence[int], columns: Sequence[ExportColumn]
    ) -> Iterator[list[Any]]:
        """Yield the cells of these rows, in their order; one query, another for identifiers."""
        paths = [column.path for column in columns if not column.identifier]
        values = self.get_rows(org).filter(pk__in=ids).values_list("pk", self.customer_path, *paths)
        rows = {row[0]: row[1:] for row in values}
        owners = {row[0] for row in rows.values() if row[0]}
        identifiers = _load_identifiers(owners, {c.identifier for c in columns if c.identifier})
        for pk in ids:
            if pk not in rows:
                continue
            owner, *cells = rows[pk]
            remaining = iter(cells)
            yield [
                write_cell(
                    identifiers[owner].get(column.identifier)
                    if column.identifier
                    else next(remaining),
                    org,
                )
                for column in columns
            ]


def _choose_test_customers(rows: QuerySet[Any], choice: str, path: str) -> QuerySet[Any]:
    match choice.strip().casefold():
        case "":
            return exclude_test_customers(rows, path)
        case "yes":
            return select_test_customers(rows, path)
        case "all":
            return rows
    raise ExportFilterInvalid(name=TEST_CUSTOMERS)


def _load_identifiers(owners: set[int], types: set[str]) -> dict[int, dict[str, str]]:
    """Return the identifier of each type that a customer had first."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    if types:
        rows = Identifier.objects.filter(customer_id__in=owners, type__in=types).order_by("pk")
        for owner, kind, value in rows.values_list("customer_id", "type", "value"):
            found[owner].setdefault(kind, value)
    return found


def write_cell(value: Any, org: Organization) -> Any:
    """Return a value as a cell: times are the organization's, amounts without trailing zeros."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return write_moment(value, org.zone)
    if isinstance(value, Decimal):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return value


_lists: dict[str, ExportList] = {}


def register_export(declared: type[ExportList]) -> None:
    """Register a list; called from ``AppConfig.ready``."""
    if type(_lists.setdefault(declared.key, declared())) is not declared:
        raise ValueError(f"two lists are called {declared.key}")


def get_export_list(key: str) -> ExportList:
    """Return the list of that name.

    Raises:
        ExportListUnknown: there is none.
    """
    try:
        return _lists[key]
    except KeyError:
        raise ExportListUnknown(name=key) from None


def list_export_lists() -> list[ExportList]:
    """Return all lists, by name."""
    return [_lists[key] for key in sorted(_lists)]
