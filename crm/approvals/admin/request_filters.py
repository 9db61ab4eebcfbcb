"""Filters of the request queue."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import TextFilter

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.filters import ChoiceFilter, OfferedFilter, RelatedFilter
from crm.approvals.models import Request
from crm.approvals.queries.makers import filed_by, list_own_entities
from crm.approvals.queries.request_search import starts_with
from crm.tenancy.queries.entities import find_entity_ids, list_stores
from customers.queries.customers.search import get_country_reader

MOST_MAKERS = 200
ALL_STATUSES, OWN_REQUESTS = "all", "me"
AGES = {
    "1h": (_("More than an hour"), timedelta(hours=1)),
    "1d": (_("More than a day"), timedelta(days=1)),
    "3d": (_("More than 3 days"), timedelta(days=3)),
    "7d": (_("More than a week"), timedelta(days=7)),
    "30d": (_("More than 30 days"), timedelta(days=30)),
}


class KindFilter(ChoiceFilter):
    title = _("kind")
    parameter_name = "kind"


class StatusFilter(OfferedFilter):
    """By default, open requests: pending or failed."""

    title = _("status")
    parameter_name = "status"
    all_option = ("", _("Open: pending or failed"))

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        statuses = [(str(value), str(label)) for value, label in Request.Status.choices]
        return [*statuses, (ALL_STATUSES, gettext("All"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        status = self.value()
        if status == ALL_STATUSES:
            return queryset
        return queryset.open() if status is None else queryset.filter(status=status)


class MakerFilter(TextFilter):
    """Filter by the start of the maker's code or name; ``me`` is the current user."""

    title = _("maker")
    parameter_name = "maker"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = (self.value() or "").strip()
        if not text:
            return queryset
        user = get_staff_user(request)
        if text == OWN_REQUESTS:
            own = list_own_entities(org_id=user.org_id, entity_id=user.entity_id)
            return queryset.filter(filed_by(own))
        makers = find_entity_ids(org_id=user.org_id, text=text, limit=MOST_MAKERS)
        return queryset.filter(maker_id__in=makers)


class StoreFilter(RelatedFilter):
    title = _("store")
    parameter_name = "store"
    list_names = staticmethod(list_stores)


class AgeFilter(OfferedFilter):
    title = _("age")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(key, str(words)) for key, (words, _length) in AGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        age = self.value()
        if age is None:
            return queryset
        return queryset.filter(filed_at__lt=timezone.now() - AGES[age][1])


class ValueFilter(TextFilter):
    """Filter by the start of the old or new value."""

    title = _("old or new value")
    parameter_name = "value"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = (self.value() or "").strip()
        if not text:
            return queryset
        get_country = get_country_reader(get_staff_user(request).org_id)
        return queryset.filter(
            starts_with("old_value", text, get_country)
            | starts_with("new_value", text, get_country)
        )


class PointsFilter(TextFilter):
    """Filter by a minimum of requested goodwill points."""

    title = _("minimum points")
    parameter_name = "points"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = (self.value() or "").strip()
        if not text:
            return queryset
        try:
            minimum = Decimal(text)
            is_valid = minimum.is_finite() and abs(minimum) < Decimal(10) ** 12
        except InvalidOperation:
            is_valid = False
        return queryset.filter(points__gte=round(minimum, 3)) if is_valid else queryset.none()
