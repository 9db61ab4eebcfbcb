"""Admin of transactions: purchases and returns, and what came of them."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from crm.adminkit import filters
from crm.adminkit.action_pages import run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import link_to_customer
from crm.adminkit.event_descriptions import format_value
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.point_formats import format_amount
from loyalty.admin.bill_page import PERMISSION as ENTER_BILLS
from loyalty.admin.bill_page import enter_customer_bill
from loyalty.admin.filters import ProgramFilter
from loyalty.admin.transaction_forms import ReturnForm
from loyalty.admin.transaction_page import build_transaction_context
from loyalty.models import Transaction
from loyalty.operations.points.post import PostingResult
from loyalty.operations.transactions.return_purchase import PurchaseReturn, return_purchase
from loyalty.queries.transactions.details import get_transaction
from loyalty.rules.transactions import RETURNS

# Types missing here would show their stored value.
COLOURS = dict.fromkeys(Transaction.Type.values) | {"REGULAR": "success", "RETURN": "warning"}
NORMAL, ANY_OUTLIER = Transaction.OutlierStatus.NORMAL, "ANY"
OUTLIER_COLOURS = dict.fromkeys(Transaction.OutlierStatus.values, "danger")
# Shown only where there is something to show.
OPTIONAL_FIELDS = {
    "returned": "returned_link",
    "part_of": "part_of_link",
    "return_type": "return_type",
    "currency_code": "currency_code",
    "credit_note": "credit_note_text",
    "delivery_status": "delivery_status",
    "not_interested_reason": "not_interested_reason",
    "notes": "notes",
    "source_account": "source_account",
    "custom_fields": "custom_fields_text",
    "extended_fields": "extended_fields_text",
}


class TypeFilter(filters.ChoiceFilter):
    title = _("type")
    parameter_name = "type"


class OutlierFilter(filters.OfferedFilter):
    """Filter by why a transaction earns nothing; normal ones are left out."""

    title = _("outliers")
    parameter_name = "outlier"
    path = "outlier_status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [
            (ANY_OUTLIER, gettext("All that are not normal")),
            *(
                (value, str(label))
                for value, label in Transaction.OutlierStatus.choices
                if value != NORMAL
            ),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        # The index of outliers holds those that are not normal; the query must say so.
        outliers = queryset.exclude(outlier_status=NORMAL)
        return outliers if self.value() == ANY_OUTLIER else super().queryset(request, outliers)


@admin.register(Transaction)
class TransactionDesk(KeyPagedDesk):
    list_display = [
        "number",
        "type_label",
        "outlier_label",
        "customer_link",
        "amount_text",
        "store",
        "billed_at",
        "recorded_at",
    ]
    list_display_links = ["number"]
    list_filter = [TypeFilter, OutlierFilter, ProgramFilter, filters.CustomerFilter]
    list_select_related = ["store"]
    search_fields = ["number"]
    search_help_text = _("Exact transaction number")
    actions_list = ["enter"]
    actions_detail = ["take_back"]
    change_form_outer_after_template = "_pieces/transaction.html"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "number", "type", "customer_link", "program", "billed_at", "store", "till",
                    "returned_link", "part_of_link", "return_type", "not_interested_reason",
                    "notes",
                ]
            },
        ),
        (
            _("Amounts"),
            {
                "fields": [
                    "gross_amount_text", "discount_text", "amount_text", "currency_code",
                    "credit_note_text",
                ]
            },
        ),
        (
            _("How it was entered"),
            {
                "fields": [
                    "outlier_status", "delivery_status", "entered_by", "recorded_at",
                    "source_account", "custom_fields_text", "extended_fields_text",
                ]
            },
        ),
    ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for _title, options in self.fieldsets for name in options["fields"]]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        hidden = {
            shown for name, shown in OPTIONAL_FIELDS.items() if obj and not getattr(obj, name)
        }
        return [
            (title, {"fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in self.fieldsets
        ]

    def search_rows(self, request: HttpRequest, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(number=text)

    def has_enter_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm(ENTER_BILLS))

    def has_take_back_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may enter returns, and this is a purchase."""
        if not request.user.has_perm("loyalty.return_transactions"):
            return False
        transaction = self.get_object(request, str(object_id)) if object_id else None
        return transaction is None or transaction.type not in RETURNS

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """Show the transaction, and below its facts what came of it."""
        transaction = self.get_object(request, object_id)
        purchase = None
        if transaction is not None and self.has_view_permission(request, transaction):
            purchase = build_transaction_context(request, transaction)
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "purchase": purchase}
        )

    # --- Columns ------------------------------------------------------------------------

    @display(description=_("Type"), label=COLOURS)
    def type_label(self, transaction: Transaction) -> tuple[str, str]:
        return transaction.type, transaction.get_type_display()

    @display(description=_("Outlier"), label=OUTLIER_COLOURS)
    def outlier_label(self, transaction: Transaction) -> tuple[str, str] | None:
        if transaction.outlier_status == NORMAL:
            return None
        return transaction.outlier_status, transaction.get_outlier_status_display()

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

    @display(description=_("Returns goods of"))
    def returned_link(self, transaction: Transaction) -> str | None:
        return _link_to(transaction.returned)

    @display(description=_("Entered with"))
    def part_of_link(self, transaction: Transaction) -> str | None:
        return _link_to(transaction.part_of)

    @display(description=_("Credit note"))
    def credit_note_text(self, transaction: Transaction) -> str:
        return format_value(transaction.credit_note)

    @display(description=_("Custom fields"))
    def custom_fields_text(self, transaction: Transaction) -> str:
        return format_value(transaction.custom_fields)

    @display(description=_("Extended fields"))
    def extended_fields_text(self, transaction: Transaction) -> str:
        return format_value(transaction.extended_fields)

    # --- Decisions ----------------------------------------------------------------------

    @action(
        description=_("Enter a bill"), permissions=["enter"], icon="receipt_long", url_path="enter"
    )
    def enter(self, request: HttpRequest) -> HttpResponseBase:
        """Enter a bill of a customer."""
        return enter_customer_bill(self, request)

    @action(
        description=_("Return"),
        permissions=["take_back"],
        icon="assignment_return",
        url_path="return",
    )
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Enter a return of the purchase, with a reason."""
        if not self.has_take_back_permission(request):
            raise PermissionDenied
        transaction: Transaction | None = self.get_object(request, object_id)
        if transaction is None or transaction.type in RETURNS:
            raise Http404
        details = get_transaction(org_id=transaction.org_id, transaction_id=transaction.pk)
        left = transaction.amount - details.returned_amount

        def act(data: dict[str, Any]) -> str:
            result = return_purchase(
                origin=get_origin(request),
                request=PurchaseReturn(
                    transaction_id=transaction.pk,
                    returned_before=data["shown"],
                    amount=data["amount"],
                    reason=data["reason"],
                ),
            )
            return _describe_return(result.points_result)

        return run_action_form(
            self,
            request,
            form=ReturnForm(details.returned_amount, request.POST or None),
            act=act,
            back_url=reverse("admin:loyalty_transaction_change", args=[transaction.pk]),
            words={
                "title": gettext("Return"),
                "heading": gettext("Return goods of bill {number}").format(
                    number=transaction.number
                ),
                "explanation": gettext(
                    "This cannot be undone. The points of what comes back are taken back as well."
                ),
                "button": gettext("Enter the return"),
                "facts": [
                    (gettext("Customer"), transaction.customer_id or gettext("Nobody")),
                    (gettext("Amount"), format_amount(transaction.amount)),
                    (gettext("Came back before"), format_amount(details.returned_amount)),
                    (gettext("Left"), format_amount(left)),
                ],
            },
            row=transaction,
        )


def _link_to(transaction: Transaction | None) -> str | None:
    if transaction is None:
        return None
    url = reverse("admin:loyalty_transaction_change", args=[transaction.pk])
    return format_html('<a class="console-row-link" href="{}">{}</a>', url, transaction.number)


def _describe_return(points: PostingResult | None) -> str:
    if points is None:
        return gettext("The return was entered.")
    taken = format_amount(-(points.points + points.delayed))
    if points.shortfall > 0:
        return gettext(
            "The return was entered. {points} points were taken back, {shortfall} were spent."
        ).format(points=taken, shortfall=format_amount(points.shortfall))
    return gettext("The return was entered. {points} points were taken back.").format(points=taken)
