"""Filters of the ticket list. Each accepts only its own choices."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.filters import ChoiceFilter, OfferedFilter
from crm.tenancy.queries.entities import list_staff_entities
from customers.queries.tickets import list_departments
from customers.rules.tickets import CLOSED_STATUSES

UNFINISHED, ME, UNASSIGNED = "open", "me", "nobody"


class StatusFilter(ChoiceFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [
            (UNFINISHED, gettext("Not resolved or closed")),
            *super().lookups(request, model_admin),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == UNFINISHED:
            return queryset.exclude(status__in=CLOSED_STATUSES)
        return super().queryset(request, queryset)


class PriorityFilter(ChoiceFilter):
    title = _("priority")
    parameter_name = "priority"


class TypeFilter(ChoiceFilter):
    title = _("about")
    parameter_name = "type"


class ReportedFromFilter(ChoiceFilter):
    title = _("reported from")
    parameter_name = "reported_from"


class DepartmentFilter(OfferedFilter):
    title = _("department")
    parameter_name = "department"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(name, name) for name in list_departments(org_id=get_staff_user(request).org_id)]


class AssigneeFilter(OfferedFilter):
    title = _("assigned to")
    parameter_name = "assigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        staff = list_staff_entities(org_id=get_staff_user(request).org_id)
        return [
            (ME, gettext("Me")),
            (UNASSIGNED, gettext("Unassigned")),
            *((str(entity.pk), str(entity)) for entity in staff),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        if value == UNASSIGNED:
            return queryset.filter(assigned_to__isnull=True)
        entity_id = get_staff_user(request).entity_id if value == ME else int(value)
        return queryset.filter(assigned_to_id=entity_id) if entity_id else queryset.none()
