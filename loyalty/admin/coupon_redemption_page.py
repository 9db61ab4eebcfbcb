"""The page to redeem coupons that a customer presents."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from crm.adminkit import one_time_codes
from crm.adminkit.action_pages import run_action_form, show_action_page
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.customer_actions import describe_customer, get_customer_url, refuse_action
from crm.adminkit.idempotent_forms import ReceiptForm
from crm.adminkit.point_formats import format_amount
from crm.adminkit.store_field import StoreField
from crm.adminkit.suggestions import SuggestionInput
from crm.adminkit.translated_texts import translate_refusal
from loyalty.operations.coupons.check_bills import BillResult, CheckedCoupon, CouponBill
from loyalty.operations.coupons.redeem import CODE_ACTION, plan_redemption, redeem_bill
from loyalty.queries.coupons.coupons import list_redeemable_codes

PERMISSION = "loyalty.redeem_coupons"
CHECK = "check"  # the name of the button
MAX_CODES = 50
ERROR_FIELDS = {
    **one_time_codes.ERROR_FIELDS,
    "loyalty.coupon_not_here": "store",
    "loyalty.coupon_bill_out_of_range": "amount",
    "loyalty.coupon_transaction_invalid": "number",
    **dict.fromkeys(
        (
            "loyalty.coupon_excluded",
            "loyalty.coupon_expired",
            "loyalty.coupon_items_missing",
            "loyalty.coupon_missing",
            "loyalty.coupon_not_for_items",
            "loyalty.coupon_not_now",
            "loyalty.coupon_not_yet_active",
            "loyalty.coupon_not_yours",
            "loyalty.coupon_redeemed",
            "loyalty.coupon_redeemed_too_soon",
            "loyalty.coupon_redemption_limit_reached",
            "loyalty.coupon_repeated",
            "loyalty.coupon_revoked",
            "loyalty.coupon_unknown",
        ),
        "coupons",
    ),
}


class RedeemCouponsForm(ReceiptForm):
    amount = forms.DecimalField(
        label=_("Amount of the bill"),
        required=False,
        max_digits=15,
        decimal_places=3,
        min_value=0,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("Needed to tell what the coupon is worth."),
    )
    number = forms.CharField(
        label=_("Bill number"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    code = one_time_codes.code_field()

    def __init__(
        self, org_id: int, codes: Iterable[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["coupons"] = forms.CharField(
            label=gettext("Coupon code"),
            max_length=MAX_CODES * 61,
            widget=SuggestionInput(codes),
            help_text=gettext("Several of one bill with commas between them."),
        )
        self.fields["store"] = StoreField(org_id, required=False)
        self.fields["code"].help_text = gettext(
            "Only where the series needs one: six digits that were sent to the customer."
        )
        self.order_fields(["once", "coupons", "amount", "number", "store", "code"])

    def build_bill(self, customer_id: int) -> CouponBill:
        """Return the bill with the coupons."""
        data = self.cleaned_data
        return CouponBill(
            customer_id=customer_id,
            codes=[code for part in data["coupons"].split(",") if (code := part.strip())],
            amount=data["amount"],
            transaction_number=data["number"],
            one_time_code=data["code"].strip(),
        )

    def get_store_id(self) -> int | None:
        store = self.cleaned_data["store"]
        return store.pk if store else None


def redeem_customer_coupons(desk: Any, request: HttpRequest, customer_id: int) -> HttpResponseBase:
    """Show the form, check the coupons, or redeem all of them."""
    redirect = refuse_action(desk, request, customer_id, PERMISSION)
    if redirect is not None:
        return redirect
    org_id = get_staff_user(request).org_id
    codes = list_redeemable_codes(
        org_id=org_id, customer_id=customer_id, now=get_origin(request).at, limit=MAX_CODES
    )
    words, back_url = _build_words(request, customer_id), get_customer_url(customer_id)
    if request.method == "POST" and one_time_codes.SEND in request.POST:
        one_time_codes.send_code(desk, request, customer_id=customer_id, action=CODE_ACTION)
        form = RedeemCouponsForm(org_id, codes, initial=request.POST.dict())
        return show_action_page(desk, request, form, back_url, words, None)
    initial = {"coupons": request.GET.get("code", "")}
    form = RedeemCouponsForm(org_id, codes, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if CHECK in request.POST:
            words["check"] = _describe_plan(request, form, customer_id)
            return show_action_page(desk, request, form, back_url, words, None)
        one_time_codes.check_code(request, form, customer_id=customer_id, action=CODE_ACTION)

    def act(data: Mapping[str, Any]) -> str:
        result = redeem_bill(
            origin=get_origin(request),
            bill=form.build_bill(customer_id),
            store_id=form.get_store_id(),
        )
        return " ".join([gettext("Redeemed:"), *_describe_coupons(result)])

    return run_action_form(
        desk,
        request,
        form=form,
        act=act,
        back_url=back_url,
        words=words,
        row=None,
        error_fields=ERROR_FIELDS,
    )


def _describe_plan(request: HttpRequest, form: RedeemCouponsForm, customer_id: int) -> str:
    """Return what the redemption would do, or add why not to the form."""
    plan = plan_redemption(
        origin=get_origin(request),
        bill=form.build_bill(customer_id),
        store_id=form.get_store_id(),
    )
    if plan.refusal is not None:
        name = ERROR_FIELDS.get(plan.refusal.code)
        form.add_error(name, translate_refusal(plan.refusal))
        return ""
    parts = [*_describe_coupons(plan), gettext("Nothing was redeemed yet.")]
    if any(coupon.needs_code for coupon in plan.coupons):
        parts.append(gettext("A code of the customer is needed."))
    return " ".join(parts)


def _describe_coupons(result: BillResult) -> list[str]:
    return [_describe_coupon(coupon) for coupon in result.coupons]


def _describe_coupon(coupon: CheckedCoupon) -> str:
    if coupon.discount is None:
        return gettext("Coupon {code}.").format(code=coupon.code)
    return gettext("Coupon {code}, worth {discount}.").format(
        code=coupon.code, discount=format_amount(coupon.discount)
    )


def _build_words(request: HttpRequest, customer_id: int) -> dict[str, Any]:
    return {
        "title": gettext("Redeem a coupon"),
        "heading": gettext("Redeem a coupon"),
        "explanation": gettext(
            "The rules of the series apply, as at a till. A redemption can be taken back on the "
            "page of the coupon."
        ),
        "button": gettext("Redeem"),
        "extra_buttons": [
            {"name": CHECK, "label": gettext("Check first")},
            {"name": one_time_codes.SEND, "label": gettext("Send the customer a code")},
        ],
        "facts": [(gettext("Customer"), describe_customer(request, customer_id))],
    }
