"""Filters that many desks share; each accepts only what it offers."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter

from crm.adminkit.person import staff_of
from customers.queries.lookup import LARGEST_ID
from customers.rules.times import end_of_day, start_of_day


class OfferedFilter(DropdownFilter):
    """A choice that is not offered is an address gone stale, not a query."""

    def value(self) -> Any:
        given = super().value()
        offered = {str(key) for key, _ in self.lookup_choices}
        return given if given in offered else None


class OrgDaysFilter(RangeDateFilter):
    """Days of the organization's calendar, both included."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        zone, name = staff_of(request).org.zone, self.parameter_name
        if since := self._day("from"):
            queryset = queryset.filter(**{f"{name}__gte": start_of_day(since, zone)})
        if until := self._day("to"):
            queryset = queryset.filter(**{f"{name}__lte": end_of_day(until, zone)})
        return queryset

    def _day(self, end: str) -> date | None:
        written = self.used_parameters.get(f"{self.parameter_name}_{end}")
        try:
            day: date | None = forms.DateField(required=False).clean(written)
        except forms.ValidationError as refusal:
            raise IncorrectLookupParameters from refusal
        return day


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


class ChoiceFilter(OfferedFilter):
    """One of a field's choices; for subclasses that name the field."""

    model: Any

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        choices = self.model._meta.get_field(self.parameter_name).choices
        return [(str(value), str(label)) for value, label in choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset if given is None else queryset.filter(**{str(self.parameter_name): given})
