"""Filters shared by admin pages. Each accepts only the values it offers."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter

from crm.adminkit.current_staff import get_staff_user
from crm.kernel.ids import read_number
from customers.rules.times import get_day_span


class OfferedFilter(DropdownFilter):
    """A filter that ignores values that it does not offer, such as those of an outdated URL.

    It filters by the field named like its parameter, unless ``path`` names another.
    """

    path = ""

    def value(self) -> Any:
        value = super().value()
        choices = {str(key) for key, _label in self.lookup_choices}
        return value if value in choices else None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else queryset.filter(**{self._get_path(): value})

    def _get_path(self) -> str:
        return self.path or str(self.parameter_name)


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

    title = _("customer")
    parameter_name = "customer"
    path = "customer_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        value = request.GET.get("customer", "")
        if read_number(value) is None:
            return []
        return [(value, gettext("Customer {customer_id}").format(customer_id=value))]


class RelatedFilter(OfferedFilter):
    """Filter by a related row of the user's organization, offered by its name."""

    # A query that returns the id and the name of each row of an organization.
    list_names: Callable[..., Iterable[tuple[int, str]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        rows = self.list_names(org_id=get_staff_user(request).org_id)
        return [(str(pk), name) for pk, name in rows]

    def _get_path(self) -> str:
        return self.path or f"{self.parameter_name}_id"


class ChoiceFilter(OfferedFilter):
    """Filter by the choices of the field."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        choices = model_admin.model._meta.get_field(self._get_path()).choices
        return [(str(value), str(label)) for value, label in choices]
