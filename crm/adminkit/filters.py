"""Filters shared by admin pages. Each accepts only the values it offers."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter

from crm.adminkit.current_staff import get_staff_user
from crm.kernel.ids import read_number
from customers.rules.times import get_day_span


class OfferedFilter(DropdownFilter):
    """A filter that ignores values that it does not offer, such as those of an outdated URL."""

    def value(self) -> Any:
        value = super().value()
        choices = {str(key) for key, _ in self.lookup_choices}
        return value if value in choices else None


class OrgDaysFilter(RangeDateFilter):
    """A range of days in the organization's time zone, both inclusive."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        zone, name = get_staff_user(request).org.zone, self.parameter_name
        if since := self._day("from"):
            queryset = queryset.filter(**{f"{name}__gte": get_day_span(since, zone).start})
        if until := self._day("to"):
            queryset = queryset.filter(**{f"{name}__lt": get_day_span(until, zone).end})
        return queryset

    def _day(self, end: str) -> date | None:
        raw = self.used_parameters.get(f"{self.parameter_name}_{end}")
        try:
            day: date | None = forms.DateField(required=False).clean(raw)
        except forms.ValidationError as refusal:
            raise IncorrectLookupParameters from refusal
        return day


class CustomerFilter(OfferedFilter):
    """Filter by customer; only shown if the URL names one."""

    title = "customer"
    parameter_name = "customer"
    path = "customer_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        value = request.GET.get("customer", "")
        return [(value, f"Customer {value}")] if read_number(value) is not None else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else queryset.filter(**{self.path: int(value)})


class ChoiceFilter(OfferedFilter):
    """Filter by a field's choices. Subclasses set the model and the field name."""

    model: Any

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        choices = self.model._meta.get_field(self.parameter_name).choices
        return [(str(value), str(label)) for value, label in choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else queryset.filter(**{str(self.parameter_name): value})
