"""The page to enter a bill of a customer, as a till does."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from crm.adminkit.action_pages import ActionResult, run_action_form, show_action_page
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.customer_actions import describe_customer, get_customer_url, refuse_action
from crm.adminkit.point_formats import format_amount
from crm.adminkit.translated_texts import translate_notice, translate_refusal
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_id
from crm.kernel.transactions import unit_of_work
from loyalty.admin.bill_forms import COUPONS, POINTS, BillForm, build_longer_form
from loyalty.operations.transactions.bills import Bill, BillResult, enter_bill
from loyalty.queries.transactions.details import get_transaction
from loyalty.queries.transactions.redemptions import (
    RedemptionsOfTransaction,
    list_unused_redemptions,
)
from loyalty.rules.amounts import ZERO
from loyalty.rules.transactions import Sale, SaleLine

PERMISSION = "loyalty.enter_transactions"
OFFERED_FOR = timedelta(days=7)  # so long a redemption is offered to a bill
MORE, CHECK = "more_lines", "check"  # the names of the buttons
ERROR_FIELDS = {
    "customers.customer_unknown": "customer",
    "customers.customer_merged": "customer",
    "loyalty.transaction_known": "number",
    "loyalty.transaction_number_missing": "number",
    "loyalty.transaction_date_too_early": "billed_at",
    "loyalty.transaction_date_too_late": "billed_at",
    "loyalty.ledger_date_invalid": "billed_at",
    "loyalty.transaction_entity_unknown": "store",
    "loyalty.amount_invalid": "amount",
    "loyalty.redemption_not_usable": "redemptions",
}


class BillRehearsed(Exception):
    """Rolls a bill back after it was entered to see what it would earn."""

    def __init__(self, amount: Decimal, points: Decimal) -> None:
        super().__init__()
        self.amount, self.points = amount, points


def enter_customer_bill(desk: Any, request: HttpRequest) -> HttpResponseBase:
    """Show the form, add lines to it, or enter the bill and show what it earned."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    customer_id = read_id(request.GET.get("customer", ""))
    if customer_id is not None:
        redirect = refuse_action(desk, request, customer_id, PERMISSION)
        if redirect is not None:
            return redirect
    org_id = get_staff_user(request).org_id
    words = _build_words(request, customer_id)
    back_url = (
        reverse("admin:loyalty_transaction_changelist")
        if customer_id is None
        else get_customer_url(customer_id)
    )
    redemptions = _list_redemptions(request, customer_id)
    template = "console/bill_form.html"
    if request.method == "POST" and MORE in request.POST:
        form = build_longer_form(org_id, customer_id, request.POST, redemptions)
        return show_action_page(desk, request, form, back_url, words, None, template)
    form = BillForm(org_id, customer_id, request.POST or None, redemptions=redemptions)
    if request.method == "POST" and CHECK in request.POST and form.is_valid():
        words["check"] = _describe_rehearsal(request, form, customer_id)
        return show_action_page(desk, request, form, back_url, words, None, template)
    return run_action_form(
        desk,
        request,
        form=form,
        act=lambda data: _enter_bill(request, form, data, customer_id),
        back_url=back_url,
        words=words,
        row=None,
        error_fields=ERROR_FIELDS,
        template=template,
    )


def _enter_bill(
    request: HttpRequest, form: BillForm, data: dict[str, Any], customer_id: int | None
) -> ActionResult:
    result = enter_bill(origin=get_origin(request), bill=_build_bill(form, customer_id))
    return ActionResult(
        _describe_result(data["number"], result),
        reverse("admin:loyalty_transaction_change", args=[result.transaction_id]),
        [translate_notice(notice) for notice in result.notices],
    )


def _describe_rehearsal(request: HttpRequest, form: BillForm, customer_id: int | None) -> str:
    """Enter the bill and roll it back; return what it came to, or add why not to the form."""
    bill = _build_bill(form, customer_id)
    try:
        unit_of_work(_rehearse_bill)(request, bill)
    except DomainError as refusal:
        name = ERROR_FIELDS.get(refusal.code)
        form.add_error(name if name in form.fields else None, translate_refusal(refusal))
        return ""
    except BillRehearsed as rehearsed:
        return gettext(
            "The bill comes to {amount} and would earn {points} points. Nothing was entered yet."
        ).format(amount=format_amount(rehearsed.amount), points=format_amount(rehearsed.points))
    raise AssertionError("a rehearsal is refused or rolled back")


def _rehearse_bill(request: HttpRequest, bill: Bill) -> None:
    origin = get_origin(request)
    result = enter_bill(origin=origin, bill=bill)
    entered = get_transaction(org_id=origin.org.pk, transaction_id=result.transaction_id or 0)
    raise BillRehearsed(entered.row.amount, result.awarded_points)


def _build_bill(form: BillForm, customer_id: int | None) -> Bill:
    data = form.cleaned_data
    return Bill(
        sale=Sale(
            number=data["number"],
            customer_id=customer_id or data["customer"],
            store_id=data["store"].pk,
            billed_at=data["billed_at"],
            amount=data["amount"],
            discount=data["discount"] or ZERO,
            notes=data["reason"],
            lines=[_build_line(line) for line in form.list_lines()],
            payments=form.list_payments(),
        ),
        points_redemption_ids=form.list_redemption_ids(POINTS),
        coupon_redemption_ids=form.list_redemption_ids(COUPONS),
    )


def _list_redemptions(request: HttpRequest, customer_id: int | None) -> RedemptionsOfTransaction:
    """Return what the customer redeemed lately for no bill yet."""
    if customer_id is None:
        return RedemptionsOfTransaction((), ())
    return list_unused_redemptions(
        org_id=get_staff_user(request).org_id,
        customer_id=customer_id,
        since=timezone.now() - OFFERED_FOR,
    )


def _build_line(line: dict[str, Any]) -> SaleLine:
    return SaleLine(
        item_code=line["item"],
        description=line["description"],
        quantity=line["quantity"],
        rate=line["rate"],
        discount=line["discount"] or ZERO,
    )


def _describe_result(number: str, result: BillResult) -> str:
    if result.points_result is None:
        message = gettext(
            "Bill {number} was entered. It earned no points: the customer is not enrolled."
        )
    elif result.points_result.delayed:
        message = gettext(
            "Bill {number} was entered. It earned {points} points, which can be spent later."
        )
    else:
        message = gettext("Bill {number} was entered. It earned {points} points.")
    return message.format(number=number, points=format_amount(result.awarded_points))


def _build_words(request: HttpRequest, customer_id: int | None) -> dict[str, Any]:
    return {
        "title": gettext("Enter a bill"),
        "heading": gettext("Enter a bill"),
        "explanation": gettext(
            "It earns points, tier and promotions as at a till. To undo it, return the bill."
        ),
        "button": gettext("Enter the bill"),
        "extra_buttons": [
            {"name": CHECK, "label": gettext("Check first")},
            {"name": MORE, "label": gettext("More lines")},
        ],
        "facts": (
            [(gettext("Customer"), describe_customer(request, customer_id))]
            if customer_id is not None
            else []
        ),
    }
