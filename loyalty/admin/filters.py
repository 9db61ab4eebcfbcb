"""The filter that the desks of loyalty share."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from crm.adminkit.filters import OfferedFilter
from crm.adminkit.person import staff_of
from loyalty.queries.desk_lists import list_programs


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
