"""Filters that the desks of loyalty share."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from crm.adminkit.filters import OfferedFilter
from crm.adminkit.person import staff_of
from customers.queries.lookup import LARGEST_ID
from loyalty.queries.desk_lists import list_programs


class CustomerFilter(OfferedFilter):
    """Offered only when a customer's page led here."""

    title = "customer"
    parameter_name = "customer"
    path = "customer_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        given = request.GET.get("customer", "")
        # A longer number is nobody's key, and the database would not take it.
        known = given.isascii() and given.isdecimal() and int(given[:20]) <= LARGEST_ID
        return [(given, f"Customer {given}")] if known else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset if given is None else queryset.filter(**{self.path: int(given)})


class ProgramFilter(OfferedFilter):
    title = "program"
    parameter_name = "program"
    path = "program_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        rows = list_programs(org_id=staff_of(request).org_id)
        return [(str(pk), name) for pk, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset if given is None else queryset.filter(**{self.path: int(given)})


class ChoiceFilter(OfferedFilter):
    """One of a field's choices; for subclasses that name the field."""

    model: Any

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        choices = self.model._meta.get_field(self.parameter_name).choices
        return [(str(value), str(label)) for value, label in choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset if given is None else queryset.filter(**{str(self.parameter_name): given})
