"""Admin of the ledger: all points movements, newest first."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from crm.adminkit import filters
from crm.adminkit.current_staff import get_staff_user, link_to_customer
from crm.adminkit.key_pagination import COUNT_LIMIT, KeyPagedList
from crm.adminkit.org_scope import ReadOnlyDesk
from crm.adminkit.point_formats import format_amount, format_signed_amount
from customers.queries.customers.search import find_customer_ids
from loyalty.admin import filters as loyalty_filters
from loyalty.models import PointsEntry

# Kinds missing here would show their stored value.
COLOURS = dict.fromkeys(PointsEntry.Kind.values) | {
    "ADJUST": "warning",
    "EXPIRE": "danger",
    "REDEEM": "info",
    "AWARD": "success",
}


class KindFilter(filters.ChoiceFilter):
    title = "kind"
    parameter_name = "kind"
    model = PointsEntry


class ProgramFilter(loyalty_filters.ProgramFilter):
    path = "enrollment__program_id"


class CustomerFilter(filters.CustomerFilter):
    path = "enrollment__customer_id"


@admin.register(PointsEntry)
class LedgerDesk(ReadOnlyDesk):
    list_display = [
        "id",
        "customer",
        "kind_label",
        "points_change",
        "program",
        "number_of_transaction",
        "notes",
        "happened_at",
        "entered_by",
    ]
    list_filter = [KindFilter, ProgramFilter, CustomerFilter]
    list_select_related = ["enrollment__program", "entered_by"]
    search_fields = ["id"]  # shows the search field; the query uses the search table
    search_help_text = "Name, mobile, email, any identifier of the customer"
    sortable_by = ()
    actions = None
    fields = [
        "customer",
        "program",
        "kind",
        "points_change",
        "delayed_points",
        "purchase_amount",
        "shortfall_amount",
        "number_of_transaction",
        "reference",
        "notes",
        "happened_at",
        "recorded_at",
        "entered_by",
    ]
    readonly_fields = fields

    def key_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyPagedList]:
        return KeyPagedList

    def prepare_page(self, request: HttpRequest, page: list[PointsEntry]) -> list[PointsEntry]:
        return page

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        org_id = get_staff_user(request).org_id
        ids = find_customer_ids(org_id=org_id, text=search_term, limit=COUNT_LIMIT + 1)
        return queryset.filter(enrollment__customer_id__in=ids), False

    @display(description="Customer")
    def customer(self, entry: PointsEntry) -> str | None:
        return link_to_customer(entry.enrollment.customer_id)

    @display(description="Program")
    def program(self, entry: PointsEntry) -> str:
        return entry.enrollment.program.name

    @display(description="Type", label=COLOURS)
    def kind_label(self, entry: PointsEntry) -> tuple[str, str]:
        return entry.kind, entry.get_kind_display()

    @display(description="Points")
    def points_change(self, entry: PointsEntry) -> str:
        return format_signed_amount(entry.points)

    @display(description="Delayed")
    def delayed_points(self, entry: PointsEntry) -> str:
        return format_signed_amount(entry.delayed)

    @display(description="Purchases")
    def purchase_amount(self, entry: PointsEntry) -> str:
        return format_signed_amount(entry.purchases)

    @display(description="Shortfall")
    def shortfall_amount(self, entry: PointsEntry) -> str:
        return format_amount(entry.shortfall)

    @display(description="Transaction")
    def number_of_transaction(self, entry: PointsEntry) -> str | None:
        return entry.transaction_number or None
