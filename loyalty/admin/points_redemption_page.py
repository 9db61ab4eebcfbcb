"""The page to redeem points of a customer, with the rules of the program."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from crm.adminkit import one_time_codes
from crm.adminkit.action_pages import run_action_form, show_action_page
from crm.adminkit.change_log import get_origin
from crm.adminkit.customer_actions import describe_customer, get_customer_url
from crm.adminkit.idempotent_forms import SENT_TWICE, IdempotentForm, reason_field
from crm.adminkit.point_formats import format_amount
from crm.adminkit.translated_texts import translate_refusal
from crm.kernel.errors import DomainError
from loyalty.models import Enrollment
from loyalty.operations.points.redeem import (
    CODE_ACTION,
    Redemption,
    plan_redemption,
    redeem_points,
)
from loyalty.queries.enrollments.memberships import Membership, list_memberships
from loyalty.rules.amounts import THOUSANDTH
from loyalty.rules.programs import ProgramRules

CHECK = "check"  # the name of the button
ERROR_FIELDS = {
    **one_time_codes.ERROR_FIELDS,
    **dict.fromkeys(
        (
            "loyalty.insufficient_points",
            "loyalty.redemption_too_small",
            "loyalty.redemption_too_large",
            "loyalty.redemption_not_multiple",
            "loyalty.points_invalid",
        ),
        "points",
    ),
}


class RedeemPointsForm(IdempotentForm):
    points = forms.DecimalField(
        label=_("Points"),
        max_digits=13,
        decimal_places=3,
        min_value=THOUSANDTH,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    number = forms.CharField(
        label=_("Bill number"),
        required=False,
        max_length=100,
        help_text=_("Of the bill that the points pay for."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    reason = reason_field(_("Reason for the redemption"))

    def __init__(self, program: ProgramRules, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if program.redeem_rules.needs_code:
            self.fields["code"] = one_time_codes.code_field()


def redeem_enrollment_points(
    desk: Any, request: HttpRequest, enrollment: Enrollment
) -> HttpResponseBase:
    """Show the form with what the program asks for, check a number of points, or redeem them."""
    customer_id = enrollment.customer_id
    [membership] = list_memberships(
        org_id=enrollment.org_id,
        customer_id=customer_id,
        now=timezone.now(),
        program_id=enrollment.program_id,
    )
    program = membership.program
    words = _build_words(request, membership, customer_id)
    back_url = get_customer_url(customer_id)
    if request.method == "POST" and one_time_codes.SEND in request.POST:
        one_time_codes.send_code(desk, request, customer_id=customer_id, action=CODE_ACTION)
        form = RedeemPointsForm(program, initial=request.POST.dict())
        return show_action_page(desk, request, form, back_url, words, enrollment)
    form = RedeemPointsForm(program, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if CHECK in request.POST:
            words["check"] = _describe_plan(request, form, enrollment)
            return show_action_page(desk, request, form, back_url, words, enrollment)
        one_time_codes.check_code(request, form, customer_id=customer_id, action=CODE_ACTION)

    def act(data: dict[str, Any]) -> str:
        result = redeem_points(
            origin=get_origin(request), redemption=_build_redemption(form, enrollment, data)
        )
        message = gettext("{points} points were redeemed, worth {value}. {balance} are left.")
        text = message.format(
            points=format_amount(result.points),
            value=format_amount(result.value),
            balance=format_amount(result.balance),
        )
        return f"{SENT_TWICE} {text}" if result.is_repeat else text

    return run_action_form(
        desk,
        request,
        form=form,
        act=act,
        back_url=back_url,
        words=words,
        row=enrollment,
        error_fields=ERROR_FIELDS,
    )


def _build_redemption(
    form: RedeemPointsForm, enrollment: Enrollment, data: Mapping[str, Any]
) -> Redemption:
    return Redemption(
        customer_id=enrollment.customer_id,
        program_id=enrollment.program_id,
        points=data["points"],
        code=data.get("code", "").strip(),
        transaction_number=data["number"],
        notes=data["reason"],
        reference=form.reference(),
    )


def _describe_plan(request: HttpRequest, form: RedeemPointsForm, enrollment: Enrollment) -> str:
    """Return what the redemption would do, or add why not to the form."""
    try:
        plan = plan_redemption(
            origin=get_origin(request),
            redemption=_build_redemption(form, enrollment, form.cleaned_data),
        )
    except DomainError as refusal:
        form.add_error(ERROR_FIELDS.get(refusal.code), translate_refusal(refusal))
        return ""
    return gettext(
        "{points} points are worth {value}. {balance} would be left. Nothing was redeemed yet."
    ).format(
        points=format_amount(plan.points),
        value=format_amount(plan.value),
        balance=format_amount(plan.balance - plan.points),
    )


def _build_words(request: HttpRequest, membership: Membership, customer_id: int) -> dict[str, Any]:
    program = membership.program
    extra_buttons = [{"name": CHECK, "label": gettext("Check first")}]
    if program.redeem_rules.needs_code:
        extra_buttons.append(
            {"name": one_time_codes.SEND, "label": gettext("Send the customer a code")}
        )
    return {
        "title": gettext("Redeem points"),
        "heading": gettext("Redeem points"),
        "explanation": gettext(
            "The points that expire first are spent. The redemption can be reversed in the ledger."
        ),
        "button": gettext("Redeem points"),
        "extra_buttons": extra_buttons,
        "facts": [
            (gettext("Customer"), describe_customer(request, customer_id)),
            (gettext("Program"), program.name),
            (gettext("Points"), format_amount(membership.available)),
            *_list_rules(program),
        ],
    }


def _list_rules(program: ProgramRules) -> list[tuple[str, str]]:
    """Return what the program asks of a redemption."""
    rules = program.redeem_rules
    limits: list[tuple[str, Decimal | None]] = [
        (gettext("Least points at once"), rules.least),
        (gettext("Most points at once"), rules.most),
        (gettext("In multiples of"), rules.multiple),
        (gettext("Least balance"), rules.min_balance),
        (gettext("Least lifetime points"), rules.min_lifetime),
        (gettext("Least lifetime purchases"), rules.min_purchases),
    ]
    return [
        (gettext("One point is worth"), format_amount(program.points_to_currency)),
        *((name, format_amount(limit)) for name, limit in limits if limit),
    ]
