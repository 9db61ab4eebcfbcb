"""The desk of the ledger: every movement of points, newest first."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from crm.adminkit import filters
from crm.adminkit.key_paging import COUNTED, KeyPagedList
from crm.adminkit.person import link_to_customer, staff_of
from crm.adminkit.points import amount, signed
from crm.adminkit.scoping import ReadOnlyDesk
from customers.queries.search import find_customer_ids
from loyalty.admin import filters as loyalty_filters
from loyalty.models import PointsEntry

# A kind that is not named here would be shown as it is stored.
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
        "id", "customer", "what", "came", "program", "bill", "notes", "happened_at", "entered_by",
    ]  # fmt: skip
    list_filter = [KindFilter, ProgramFilter, CustomerFilter]
    list_select_related = ["enrollment__program", "entered_by"]
    search_fields = ["id"]  # shows the field; what is searched is the search table
    search_help_text = "Name, mobile, email, any identifier of the customer"
    sortable_by = ()
    actions = None
    fields = [
        "customer",
        "program",
        "kind",
        "came",
        "waiting",
        "bought",
        "short",
        "bill",
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
        org_id = staff_of(request).org_id
        ids = find_customer_ids(org_id=org_id, text=search_term, limit=COUNTED + 1)
        return queryset.filter(enrollment__customer_id__in=ids), False

    @display(description="Customer")
    def customer(self, entry: PointsEntry) -> str | None:
        return link_to_customer(entry.enrollment.customer_id)

    @display(description="Program")
    def program(self, entry: PointsEntry) -> str:
        return entry.enrollment.program.name

    @display(description="What", label=COLOURS)
    def what(self, entry: PointsEntry) -> tuple[str, str]:
        return entry.kind, entry.get_kind_display()

    @display(description="Points")
    def came(self, entry: PointsEntry) -> str:
        return signed(entry.points)

    @display(description="Waiting")
    def waiting(self, entry: PointsEntry) -> str:
        return signed(entry.delayed)

    @display(description="Purchases")
    def bought(self, entry: PointsEntry) -> str:
        return signed(entry.purchases)

    @display(description="Fell short by")
    def short(self, entry: PointsEntry) -> str:
        return amount(entry.shortfall)

    @display(description="Transaction")
    def bill(self, entry: PointsEntry) -> str | None:
        return entry.transaction_number or None
