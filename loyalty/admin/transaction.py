"""The desk of transactions: bills and returns with their lines."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from crm.adminkit import filters
from crm.adminkit.history import in_words
from crm.adminkit.key_paging import KeyPagedList
from crm.adminkit.person import link_to_customer
from crm.adminkit.points import amount
from crm.adminkit.scoping import OrgInline, ReadOnlyDesk
from loyalty.admin.filters import ProgramFilter
from loyalty.models import LineItem, Transaction

# A type that is not named here would be shown as it is stored.
COLOURS = dict.fromkeys(Transaction.Type.values) | {"REGULAR": "success", "RETURN": "warning"}


class TypeFilter(filters.ChoiceFilter):
    title = "type"
    parameter_name = "type"
    model = Transaction


class Lines(OrgInline):
    model = LineItem
    fields = ["position", "item_code", "description", "pieces", "price", "less", "paid"]
    readonly_fields = fields
    ordering = ["position"]
    can_delete = False
    verbose_name_plural = "lines"

    @display(description="Quantity")
    def pieces(self, line: LineItem) -> str:
        return amount(line.quantity)

    @display(description="Rate")
    def price(self, line: LineItem) -> str:
        return amount(line.rate)

    @display(description="Discount")
    def less(self, line: LineItem) -> str:
        return amount(line.discount)

    @display(description="Amount")
    def paid(self, line: LineItem) -> str:
        return amount(line.amount)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Whoever sees the bill sees what is on it.
        return bool(request.user.has_perm("loyalty.view_transaction"))


@admin.register(Transaction)
class TransactionDesk(ReadOnlyDesk):
    list_display = ["number", "kind", "who", "paid", "store", "billed_at", "recorded_at"]
    list_display_links = ["number"]
    list_filter = [TypeFilter, ProgramFilter, filters.CustomerFilter]
    list_select_related = ["store"]
    search_fields = ["number"]
    search_help_text = "The whole number of a bill"
    sortable_by = ()
    actions = None
    fields = [
        "number", "type", "who", "program", "store", "till", "billed_at", "returned", "gross",
        "less", "paid", "payment", "notes", "custom", "extended", "entered_by", "recorded_at",
    ]  # fmt: skip
    readonly_fields = fields
    inlines = [Lines]

    def key_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyPagedList]:
        return KeyPagedList

    def prepare_page(self, request: HttpRequest, page: list[Transaction]) -> list[Transaction]:
        return page

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        number = search_term.strip()
        return (queryset.filter(number=number), False) if number else (queryset, False)

    @display(description="Type", label=COLOURS)
    def kind(self, bill: Transaction) -> tuple[str, str]:
        return bill.type, bill.get_type_display()

    @display(description="Customer")
    def who(self, bill: Transaction) -> str | None:
        return link_to_customer(bill.customer_id)

    @display(description="Amount")
    def paid(self, bill: Transaction) -> str:
        return amount(bill.amount)

    @display(description="Gross amount")
    def gross(self, bill: Transaction) -> str:
        return amount(bill.gross_amount)

    @display(description="Discount")
    def less(self, bill: Transaction) -> str:
        return amount(bill.discount)

    @display(description="Payments")
    def payment(self, bill: Transaction) -> str:
        return in_words(bill.payments)

    @display(description="Custom fields")
    def custom(self, bill: Transaction) -> str:
        return in_words(bill.custom_fields)

    @display(description="Extended fields")
    def extended(self, bill: Transaction) -> str:
        return in_words(bill.extended_fields)
