"""Filters that many desks share; each accepts only what it offers."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter

from crm.adminkit.person import staff_of
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
