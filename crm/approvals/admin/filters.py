"""Filters of the queue; each accepts only what it offers."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import TextFilter

from crm.adminkit.filters import OfferedFilter
from crm.adminkit.person import staff_of
from crm.approvals.models import Request
from crm.approvals.queries.counting import OPEN
from crm.approvals.queries.finding import begins
from crm.approvals.queries.makers import filed_by, own_entities
from crm.tenancy.queries.entities import find_entity_ids, list_stores

MOST_MAKERS = 200
EVERYTHING, MINE = "all", "me"
AGES = {
    "1h": ("More than an hour", timedelta(hours=1)),
    "1d": ("More than a day", timedelta(days=1)),
    "3d": ("More than 3 days", timedelta(days=3)),
    "7d": ("More than a week", timedelta(days=7)),
    "30d": ("More than 30 days", timedelta(days=30)),
}


class KindFilter(OfferedFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Request.Kind.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kind = self.value()
        return queryset if kind is None else queryset.filter(kind=kind)


class StatusFilter(OfferedFilter):
    """Without it, what waits for a decision is listed: pending, or tried and failed."""

    title = "status"
    parameter_name = "status"
    all_option = ("", "Open: pending or failed")

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        named = [(str(value), str(label)) for value, label in Request.Status.choices]
        return [*named, (EVERYTHING, "Open and decided")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        status = self.value()
        if status == EVERYTHING:
            return queryset
        return queryset.filter(status__in=OPEN if status is None else [status])


class MakerFilter(TextFilter):
    """Who filed it, by the beginning of a code or a name; ``me`` is whoever looks."""

    title = "who filed it"
    parameter_name = "maker"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = (self.value() or "").strip()
        if not text:
            return queryset
        user = staff_of(request)
        if text == MINE:
            own = own_entities(org_id=user.org_id, entity_id=user.entity_id)
            return queryset.filter(filed_by(own))
        makers = find_entity_ids(org_id=user.org_id, text=text, limit=MOST_MAKERS)
        return queryset.filter(maker_id__in=makers)


class StoreFilter(OfferedFilter):
    title = "store"
    parameter_name = "store"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(str(pk), name) for pk, name in list_stores(org_id=staff_of(request).org_id)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        store = self.value()
        return queryset if store is None else queryset.filter(store_id=int(store))


class AgeFilter(OfferedFilter):
    title = "age"
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(key, words) for key, (words, _) in AGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        age = self.value()
        if age is None:
            return queryset
        return queryset.filter(filed_at__lt=timezone.now() - AGES[age][1])


class ValueFilter(TextFilter):
    """The old or the new value, by its beginning."""

    title = "old or new value"
    parameter_name = "value"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = (self.value() or "").strip()
        if not text:
            return queryset
        return queryset.filter(begins("old_value", text) | begins("new_value", text))


class PointsFilter(TextFilter):
    """Goodwill of so many points or more."""

    title = "points, at least"
    parameter_name = "points"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = (self.value() or "").strip()
        if not text:
            return queryset
        try:
            least = Decimal(text)
            known = least.is_finite() and abs(least) < Decimal(10) ** 12
        except InvalidOperation:
            known = False
        return queryset.filter(points__gte=round(least, 3)) if known else queryset.none()
