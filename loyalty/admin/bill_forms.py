"""The form to enter a bill: its head, its lines and its payments."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from crm.adminkit.idempotent_forms import ReceiptForm, reason_field
from crm.adminkit.localized import format_minute
from crm.adminkit.point_formats import format_amount
from crm.adminkit.store_field import StoreField
from crm.kernel.ids import LARGEST_ID
from loyalty.queries.desk_lists import list_payment_mode_names
from loyalty.queries.transactions.redemptions import RedemptionsOfTransaction

FIRST_LINES, MAX_LINES = 4, 200
FIRST_PAYMENTS, MAX_PAYMENTS = 2, 50
LINES, PAYMENTS = "lines", "payments"  # the prefixes of the rows
POINTS, COUPONS = "points", "coupon"  # the kinds of redemptions
MINUTE = "%Y-%m-%dT%H:%M"


class MomentInput(UnfoldAdminTextInputWidget):
    input_type = "datetime-local"


def _amount(label: Any, *, required: bool = False, hint: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        max_digits=15,
        decimal_places=3,
        min_value=0,
        help_text=hint,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"aria-label": label}),
    )


def _text(label: Any, max_length: int, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=max_length,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "aria-label": label}),
    )


class LineForm(forms.Form):
    item = _text(_("Item code"), 100)
    description = _text(_("Description"), 255, required=False)
    quantity = _amount(_("Quantity"), required=True)
    rate = _amount(_("Price each"), required=True)
    discount = _amount(_("Discount"))


class PaymentForm(forms.Form):
    """The modes are those of the organization; where it has none, any text."""

    value = _amount(_("Amount"), required=True)

    def __init__(self, *args: Any, modes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = gettext("Paid by")
        if modes:
            self.fields["mode"] = forms.ChoiceField(
                label=label,
                choices=[("", "-"), *((mode, mode) for mode in modes)],
                widget=UnfoldAdminSelectWidget(attrs={"aria-label": label}),
            )
        else:
            self.fields["mode"] = _text(label, 100)
        self.order_fields(["mode", "value"])


LineFormSet = forms.formset_factory(LineForm, extra=FIRST_LINES, max_num=MAX_LINES)
PaymentFormSet = forms.formset_factory(PaymentForm, extra=FIRST_PAYMENTS, max_num=MAX_PAYMENTS)


class BillForm(ReceiptForm):
    """A bill of a customer. Without ``customer_id`` the form asks for it."""

    customer = forms.IntegerField(
        label=_("Customer"),
        min_value=1,
        max_value=LARGEST_ID,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("The ID of the customer."),
    )
    number = _text(_("Bill number"), 100)
    billed_at = forms.DateTimeField(label=_("Date and time"), widget=MomentInput)
    amount = _amount(_("Amount"), hint=_("Empty: the sum of the lines, less the discount."))
    discount = _amount(_("Discount of the bill"))
    redemptions = forms.MultipleChoiceField(
        label=_("Redemptions that the bill used"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = reason_field(_("Why it is entered here"))

    def __init__(
        self,
        org_id: int,
        customer_id: int | None,
        data: QueryDict | None = None,
        *,
        redemptions: RedemptionsOfTransaction,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={"billed_at": _format_now(), **(initial or {})})
        if customer_id is not None:
            del self.fields["customer"]
        self.fields["store"] = StoreField(org_id)
        choices = _list_redemption_choices(redemptions)
        self.fields["redemptions"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["redemptions"]
        self.order_fields(["once", "customer", "number", "store", "billed_at", "amount"])
        modes = {"modes": list_payment_mode_names(org_id=org_id)}
        rows = {name: _read_rows(initial, name) for name in (LINES, PAYMENTS)} if initial else {}
        self.lines = LineFormSet(data, prefix=LINES, initial=rows.get(LINES))
        self.payments = PaymentFormSet(
            data, prefix=PAYMENTS, initial=rows.get(PAYMENTS), form_kwargs=modes
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not (self.lines.is_valid() and self.payments.is_valid()):
            raise forms.ValidationError(gettext("Look at the lines and payments below."))
        if cleaned.get("amount") is None and "amount" not in self.errors and not self.list_lines():
            self.add_error("amount", gettext("Enter the amount, or at least one line."))
        return cleaned

    def list_redemption_ids(self, kind: str) -> list[int]:
        """Return the ids of the redemptions that were ticked, of points or of coupons."""
        pairs = [value.split(":") for value in self.cleaned_data.get("redemptions", ())]
        return [int(pk) for name, pk in pairs if name == kind]

    def list_lines(self) -> list[dict[str, Any]]:
        """Return the lines that were filled in."""
        return [form.cleaned_data for form in self.lines.forms if form.has_changed()]

    def list_payments(self) -> list[dict[str, Any]]:
        """Return the payments that were filled in, as a till sends them."""
        payments = [form.cleaned_data for form in self.payments.forms if form.has_changed()]
        return [{"mode": row["mode"], "value": _to_json_number(row["value"])} for row in payments]


def build_longer_form(
    org_id: int,
    customer_id: int | None,
    data: QueryDict,
    redemptions: RedemptionsOfTransaction,
) -> BillForm:
    """Return the form as it was filled in, unchecked, with room for more lines."""
    initial = {**data.dict(), "redemptions": data.getlist("redemptions")}
    return BillForm(org_id, customer_id, redemptions=redemptions, initial=initial)


def _list_redemption_choices(redemptions: RedemptionsOfTransaction) -> list[tuple[str, str]]:
    points = [
        (
            f"{POINTS}:{row.pk}",
            gettext("{points} points of {moment}").format(
                points=format_amount(row.points - row.reversed_points),
                moment=format_minute(row.entry.happened_at),
            ),
        )
        for row in redemptions.points
    ]
    coupons = [
        (
            f"{COUPONS}:{row.pk}",
            gettext("Coupon {code} of {moment}").format(
                code=row.coupon.code, moment=format_minute(row.redeemed_at)
            ),
        )
        for row in redemptions.coupons
    ]
    return [*points, *coupons]


def _to_json_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _format_now() -> str:
    return timezone.localtime().strftime(MINUTE)


def _read_rows(data: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Return the filled rows of a form that was sent."""
    rows: dict[int, dict[str, Any]] = {}
    for name, value in data.items():
        head, _dash, rest = name.partition("-")
        position, _dash, field = rest.partition("-")
        if head == prefix and position.isdecimal() and value and len(rows) < MAX_LINES:
            rows.setdefault(int(position), {})[field] = value
    return [rows[position] for position in sorted(rows)]
