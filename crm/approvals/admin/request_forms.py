"""The forms that staff fill in to file a request, one for each kind."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from crm.approvals.domain.drafts import NewRequest
from crm.approvals.models import Request
from crm.approvals.queries.requests import list_identifier_values
from crm.approvals.rules.texts import LONGEST_COMMENT
from crm.kernel.ids import LARGEST_ID
from loyalty.queries.desk_lists import list_coupon_series_names
from loyalty.queries.programs import get_programs

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST_VALUE = 255


def _text(
    label: "StrOrPromise", *, required: bool = True, hint: "StrOrPromise" = ""
) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST_VALUE,
        help_text=hint,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


def _choice(label: "StrOrPromise") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, widget=UnfoldAdminSelectWidget)


class RequestForm(forms.Form):
    """Base form of all kinds: reason and comments, after the kind's own fields."""

    kind: str
    # The field that shows a refusal, by its code. Other refusals belong to the whole form.
    error_fields: Mapping[str, str] = {"approvals.new_value_missing": "new_value"}
    reason = _text(_("Reason"), hint=_("Shown to the person who decides."))
    comments = forms.CharField(
        label=_("Comments"),
        required=False,
        max_length=LONGEST_COMMENT,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def __init__(self, org_id: int, customer_id: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer_id = customer_id
        self.load_choices(org_id)
        self.order_fields([name for name in self.fields if name not in ("reason", "comments")])

    def load_choices(self, org_id: int) -> None:
        """Load the choices of the form's fields."""

    def build_new_request(self) -> NewRequest:
        """Return the input for ``file_request``."""
        return NewRequest(kind=self.kind, customer_id=self.customer_id, **self.cleaned_data)

    def set_choices(self, name: str, choices: Sequence[tuple[Any, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


class IdentifierForm(RequestForm):
    """The old value is one of the customer's identifiers."""

    type: str
    error_fields = {
        "approvals.new_value_missing": "new_value",
        "approvals.new_mobile_invalid": "new_value",
        "approvals.new_email_invalid": "new_value",
        "approvals.new_external_id_invalid": "new_value",
        "approvals.old_value_not_held": "old_value",
    }
    old_value = forms.ChoiceField(
        label=_("Old value"), required=False, widget=UnfoldAdminSelectWidget
    )
    new_value = _text(_("New value"))

    def load_choices(self, org_id: int) -> None:
        values = list_identifier_values(org_id=org_id, customer_id=self.customer_id, type=self.type)
        self.set_choices(
            "old_value", [(value, value) for value in values] or [("", gettext("None"))]
        )


class MobileForm(IdentifierForm):
    kind, type = Request.Kind.MOBILE, "mobile"
    new_value = _text(_("New value"), hint=_("With the country code, for example +91 98765 43210."))


class EmailForm(IdentifierForm):
    kind, type = Request.Kind.EMAIL, "email"


class ExternalIdForm(IdentifierForm):
    kind, type = Request.Kind.EXTERNAL_ID, "externalId"


class AddressForm(RequestForm):
    kind = Request.Kind.ADDRESS
    error_fields = {
        "approvals.new_value_missing": "new_value",
        "approvals.old_value_not_held": "old_value",
    }
    old_value = _text(
        _("Old address"),
        required=False,
        hint=_("As it is stored. Leave blank to add a first address."),
    )
    new_value = _text(_("New address"))


class MergeForm(RequestForm):
    kind = Request.Kind.MERGE
    error_fields = {
        "approvals.target_unknown": "target_id",
        "approvals.survivor_is_victim": "target_id",
        "approvals.survivor_merged": "target_id",
        "approvals.survivor_pending": "target_id",
    }
    target_id = forms.IntegerField(
        label=_("Survivor"),
        min_value=1,
        max_value=LARGEST_ID,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("The id of the customer to keep. This customer is merged into it."),
    )


class PointsForm(RequestForm):
    kind = Request.Kind.POINTS
    error_fields = {"approvals.points_invalid": "points"}
    points = _text(_("Points"))
    program_id = _choice(_("Program"))

    def load_choices(self, org_id: int) -> None:
        self.set_choices("program_id", [(pk, p.name) for pk, p in get_programs(org_id).items()])


class CouponForm(RequestForm):
    kind = Request.Kind.COUPON
    series_id = _choice(_("Coupon series"))

    def load_choices(self, org_id: int) -> None:
        series = list_coupon_series_names(org_id=org_id, active_only=True)
        # No default, because a coupon is worth money.
        self.set_choices("series_id", [("", gettext("Select a series")), *series])


class RetroForm(RequestForm):
    kind = Request.Kind.RETRO
    error_fields = {
        "loyalty.transaction_unknown": "transaction_id",
        "loyalty.transaction_ambiguous": "transaction_id",
    }
    transaction_id = _text(_("Transaction id"), required=False)
    reference_id = _text(_("Or transaction number"), required=False)

    def build_new_request(self) -> NewRequest:
        """Return the input, with the fixed types NOT_INTERESTED and REGULAR."""
        return NewRequest(
            kind=self.kind,
            customer_id=self.customer_id,
            old_type="NOT_INTERESTED",
            new_type="REGULAR",
            **self.cleaned_data,
        )


FORMS: Mapping[str, type[RequestForm]] = {
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
