"""The program filter that the admin lists of loyalty share."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.filters import OfferedFilter
from loyalty.queries.desk_lists import list_programs


class ProgramFilter(OfferedFilter):
    title = "program"
    parameter_name = "program"
    path = "program_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        rows = list_programs(org_id=get_staff_user(request).org_id)
        return [(str(pk), name) for pk, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else queryset.filter(**{self.path: int(value)})
