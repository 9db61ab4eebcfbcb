"""What staff fill in to ask for a change: a form for each kind, which makes an ask of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from crm.approvals.domain.asking import Ask
from crm.approvals.models import Request
from crm.approvals.queries.reading import held_values
from crm.approvals.rules.words import LONGEST_COMMENT
from customers.queries.lookup import LARGEST_ID
from loyalty.queries.desk_lists import list_coupon_series_names
from loyalty.queries.programs import get_programs

LONGEST_VALUE = 255


def _text(label: str, *, required: bool = True, hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST_VALUE,
        help_text=hint,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


def _choice(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, widget=UnfoldAdminSelectWidget)


class AskForm(forms.Form):
    """What every request says: why. The fields of its kind come first."""

    kind: str
    # Where a refusal belongs to, by its name; the others belong to the whole form.
    places: Mapping[str, str] = {"approvals.new_value_missing": "new_value"}
    reason = _text("Reason", hint="Whoever decides reads it.")
    comments = forms.CharField(
        required=False,
        max_length=LONGEST_COMMENT,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def __init__(self, org_id: int, customer_id: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer_id = customer_id
        self.prepare(org_id)
        self.order_fields([name for name in self.fields if name not in ("reason", "comments")])

    def prepare(self, org_id: int) -> None:
        """Fill in what there is to choose from."""

    def ask(self) -> Ask:
        """What is asked for, as the domain takes it from any door."""
        return Ask(kind=self.kind, customer_id=self.customer_id, **self.cleaned_data)

    def offer(self, name: str, choices: Sequence[tuple[Any, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


class IdentifierForm(AskForm):
    """The old value is chosen from what the customer has."""

    type: str
    places = {
        "approvals.new_value_missing": "new_value",
        "approvals.new_mobile_invalid": "new_value",
        "approvals.new_email_invalid": "new_value",
        "approvals.new_external_id_invalid": "new_value",
        "approvals.old_value_not_held": "old_value",
    }
    old_value = forms.ChoiceField(label="Old value", required=False, widget=UnfoldAdminSelectWidget)
    new_value = _text("New value")

    def prepare(self, org_id: int) -> None:
        held = held_values(org_id=org_id, customer_id=self.customer_id, type=self.type)
        self.offer("old_value", [(one, one) for one in held] or [("", "None so far")])


class MobileForm(IdentifierForm):
    kind, type = Request.Kind.MOBILE, "mobile"
    new_value = _text("New value", hint="With the country code, as +91 98765 43210.")


class EmailForm(IdentifierForm):
    kind, type = Request.Kind.EMAIL, "email"


class ExternalIdForm(IdentifierForm):
    kind, type = Request.Kind.EXTERNAL_ID, "externalId"


class AddressForm(AskForm):
    kind = Request.Kind.ADDRESS
    places = {
        "approvals.new_value_missing": "new_value",
        "approvals.old_value_not_held": "old_value",
    }
    old_value = _text("Old address", required=False, hint="As it is kept; blank for a first one.")
    new_value = _text("New address")


class MergeForm(AskForm):
    kind = Request.Kind.MERGE
    places = {
        "approvals.target_unknown": "target_id",
        "approvals.survivor_is_victim": "target_id",
        "approvals.survivor_merged": "target_id",
        "approvals.survivor_pending": "target_id",
    }
    target_id = forms.IntegerField(
        label="Into customer",
        min_value=1,
        max_value=LARGEST_ID,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="The number of the customer who stays, with what both have.",
    )


class PointsForm(AskForm):
    kind = Request.Kind.POINTS
    places = {"approvals.points_invalid": "points"}
    points = _text("Points")
    program_id = _choice("Program")

    def prepare(self, org_id: int) -> None:
        self.offer("program_id", [(pk, p.name) for pk, p in get_programs(org_id).items()])


class CouponForm(AskForm):
    kind = Request.Kind.COUPON
    series_id = _choice("Coupon series")

    def prepare(self, org_id: int) -> None:
        series = list_coupon_series_names(org_id=org_id, given_only=True)
        # None is chosen already: coupons are money.
        self.offer("series_id", [("", "Choose one"), *series])


class RetroForm(AskForm):
    kind = Request.Kind.RETRO
    places = {
        "loyalty.transaction_unknown": "transaction_id",
        "loyalty.transaction_ambiguous": "transaction_id",
    }
    transaction_id = _text("Id of the transaction", required=False)
    reference_id = _text("Or the number of its bill", required=False)

    def ask(self) -> Ask:
        """Always from what nobody was interested in to what counts."""
        return Ask(
            kind=self.kind,
            customer_id=self.customer_id,
            old_type="NOT_INTERESTED",
            new_type="REGULAR",
            **self.cleaned_data,
        )


FORMS: Mapping[str, type[AskForm]] = {
    str(form.kind): form
    for form in (
        MobileForm,
        EmailForm,
        ExternalIdForm,
        AddressForm,
        MergeForm,
        PointsForm,
        CouponForm,
        RetroForm,
    )
}
