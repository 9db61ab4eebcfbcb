"""Admin of transactions: purchases and returns with their line items."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crm.adminkit import filters
from crm.adminkit.current_staff import link_to_customer
from crm.adminkit.event_descriptions import format_value
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.org_scope import OrgInline
from crm.adminkit.point_formats import format_amount
from loyalty.admin.filters import ProgramFilter
from loyalty.models import LineItem, Transaction

# Types missing here would show their stored value.
COLOURS = dict.fromkeys(Transaction.Type.values) | {"REGULAR": "success", "RETURN": "warning"}


class TypeFilter(filters.ChoiceFilter):
    title = _("type")
    parameter_name = "type"


class LineItemInline(OrgInline):
    model = LineItem
    fields = [
        "position",
        "item_code",
        "description",
        "quantity_text",
        "rate_text",
        "discount_text",
        "amount_text",
    ]
    readonly_fields = fields
    ordering = ["position"]
    can_delete = False
    verbose_name_plural = _("lines")

    @display(description=_("Quantity"))
    def quantity_text(self, line: LineItem) -> str:
        return format_amount(line.quantity)

    @display(description=_("Rate"))
    def rate_text(self, line: LineItem) -> str:
        return format_amount(line.rate)

    @display(description=_("Discount"))
    def discount_text(self, line: LineItem) -> str:
        return format_amount(line.discount)

    @display(description=_("Amount"))
    def amount_text(self, line: LineItem) -> str:
        return format_amount(line.amount)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # The permission to view transactions covers their line items.
        return bool(request.user.has_perm("loyalty.view_transaction"))


@admin.register(Transaction)
class TransactionDesk(KeyPagedDesk):
    list_display = [
        "number",
        "type_label",
        "customer_link",
        "amount_text",
        "store",
        "billed_at",
        "recorded_at",
    ]
    list_display_links = ["number"]
    list_filter = [TypeFilter, ProgramFilter, filters.CustomerFilter]
    list_select_related = ["store"]
    search_fields = ["number"]
    search_help_text = _("Exact transaction number")
    fields = [
        "number",
        "type",
        "customer_link",
        "program",
        "store",
        "till",
        "billed_at",
        "returned",
        "gross_amount_text",
        "discount_text",
        "amount_text",
        "payments_text",
        "notes",
        "custom_fields_text",
        "extended_fields_text",
        "entered_by",
        "recorded_at",
    ]
    readonly_fields = fields
    inlines = [LineItemInline]

    def search_rows(self, request: HttpRequest, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(number=text)

    @display(description=_("Type"), label=COLOURS)
    def type_label(self, transaction: Transaction) -> tuple[str, str]:
        return transaction.type, transaction.get_type_display()

    @display(description=_("Customer"))
    def customer_link(self, transaction: Transaction) -> str | None:
        return link_to_customer(transaction.customer_id)

    @display(description=_("Amount"))
    def amount_text(self, transaction: Transaction) -> str:
        return format_amount(transaction.amount)

    @display(description=_("Gross amount"))
    def gross_amount_text(self, transaction: Transaction) -> str:
        return format_amount(transaction.gross_amount)

    @display(description=_("Discount"))
    def discount_text(self, transaction: Transaction) -> str:
        return format_amount(transaction.discount)

    @display(description=_("Payments"))
    def payments_text(self, transaction: Transaction) -> str:
        return format_value(transaction.payments)

    @display(description=_("Custom fields"))
    def custom_fields_text(self, transaction: Transaction) -> str:
        return format_value(transaction.custom_fields)

    @display(description=_("Extended fields"))
    def extended_fields_text(self, transaction: Transaction) -> str:
        return format_value(transaction.extended_fields)
