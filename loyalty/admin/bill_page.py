"""The page to enter a bill of a customer, as a till does."""

from datetime import timedelta
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
from crm.adminkit.translated_texts import translate_notice
from crm.kernel.ids import read_id
from loyalty.admin.bill_forms import COUPONS, POINTS, BillForm, build_longer_form
from loyalty.operations.transactions.bills import Bill, BillResult, enter_bill
from loyalty.queries.transactions.redemptions import (
    RedemptionsOfTransaction,
    list_unused_redemptions,
)
from loyalty.rules.amounts import ZERO
from loyalty.rules.transactions import Sale, SaleLine

PERMISSION = "loyalty.enter_transactions"
OFFERED_FOR = timedelta(days=7)  # so long a redemption is offered to a bill
MORE = "more_lines"  # the name of the button
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
    result = enter_bill(
        origin=get_origin(request),
        bill=Bill(
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
        ),
    )
    return ActionResult(
        _describe_result(data["number"], result),
        reverse("admin:loyalty_transaction_change", args=[result.transaction_id]),
        [translate_notice(notice) for notice in result.notices],
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
        "extra_buttons": [{"name": MORE, "label": gettext("More lines")}],
        "facts": (
            [(gettext("Customer"), describe_customer(request, customer_id))]
            if customer_id is not None
            else []
        ),
    }
