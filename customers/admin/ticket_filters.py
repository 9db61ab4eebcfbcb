"""Filters of the list of tickets; each accepts only what it offers."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from crm.adminkit.filters import ChoiceFilter, OfferedFilter
from crm.adminkit.person import staff_of
from crm.tenancy.queries.entities import list_staff_entities
from customers.models import Ticket
from customers.queries.tickets import list_departments
from customers.rules.tickets import OVER

NOT_OVER, ME, NOBODY = "open", "me", "nobody"


class StatusFilter(ChoiceFilter):
    title = "status"
    parameter_name = "status"
    model = Ticket

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(NOT_OVER, "Not over yet"), *super().lookups(request, model_admin)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == NOT_OVER:
            return queryset.exclude(status__in=OVER)
        return super().queryset(request, queryset)


class PriorityFilter(ChoiceFilter):
    title = "priority"
    parameter_name = "priority"
    model = Ticket


class TypeFilter(ChoiceFilter):
    title = "about"
    parameter_name = "type"
    model = Ticket


class ReportedFromFilter(ChoiceFilter):
    title = "reported from"
    parameter_name = "reported_from"
    model = Ticket


class DepartmentFilter(OfferedFilter):
    title = "department"
    parameter_name = "department"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(name, name) for name in list_departments(org_id=staff_of(request).org_id)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset if given is None else queryset.filter(department=given)


class AssigneeFilter(OfferedFilter):
    title = "assigned to"
    parameter_name = "assigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        staff = list_staff_entities(org_id=staff_of(request).org_id)
        return [
            (ME, "Me"),
            (NOBODY, "Nobody"),
            *((str(entity.pk), str(entity)) for entity in staff),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        if given is None:
            return queryset
        if given == NOBODY:
            return queryset.filter(assigned_to__isnull=True)
        entity_id = staff_of(request).entity_id if given == ME else int(given)
        return queryset.filter(assigned_to_id=entity_id) if entity_id else queryset.none()
