"""The form to change the names and fields of a profile."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crm.adminkit.idempotent_forms import STALE, reason_field
from crm.tenancy.models import Organization
from customers.admin.field_inputs import FieldInputs
from customers.models import Customer, FieldDefinition
from customers.queries.customers.profile_values import ProfileValues
from customers.queries.fields import get_identity_settings, list_custom_fields, list_extended_fields
from customers.rules.registration import MAX_NAME_LENGTH

LOYALTY = Customer.LoyaltyType.LOYALTY


@dataclass(frozen=True, slots=True)
class FormSection:
    """A part of a form: its fields, and ``more`` that are shown on demand."""

    title: str
    fields: list[forms.BoundField]
    more: list[forms.BoundField]


def name_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=MAX_NAME_LENGTH,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


def build_inputs(
    org: Organization, values: ProfileValues | None = None
) -> tuple[FieldInputs, FieldInputs]:
    """Return the inputs of a profile's custom fields and of the customer's extended fields.

    Without values they are those of a new customer, who must have what is mandatory.
    """
    settings = get_identity_settings(org)
    custom = [
        field
        for field in list_custom_fields(org_id=org.pk)
        if field.scope == FieldDefinition.Scope.PROFILE
    ]
    extended = list_extended_fields(org_id=org.pk)[FieldDefinition.Scope.CUSTOMER]
    return (
        FieldInputs(
            "custom",
            custom,
            settings.fields,
            values.fields if values else {},
            org.zone,
            demands_mandatory=values is None,
        ),
        FieldInputs(
            "extended",
            extended,
            settings.extended_fields,
            values.extended_fields if values else {},
            org.zone,
            demands_mandatory=values is None,
        ),
    )


class ProfileForm(forms.Form):
    """Changes what it showed and was changed; ``seen_at`` detects a change by somebody else."""

    seen_at = forms.DateTimeField(
        widget=forms.HiddenInput, error_messages={"invalid": STALE, "required": STALE}
    )
    first_name = name_field(_("First name"))
    last_name = name_field(_("Last name"))
    loyalty_type = forms.ChoiceField(
        label=_("Type"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("A loyalty customer joins the default program, and stays one."),
    )
    reason = reason_field(_("Why it is changed"))

    def __init__(self, org: Organization, values: ProfileValues, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.values = values
        self.initial = {
            "seen_at": values.modified_at.isoformat(),
            "first_name": values.first_name,
            "last_name": values.last_name,
        }
        if values.loyalty_type == LOYALTY:
            del self.fields["loyalty_type"]
        else:
            current = Customer.LoyaltyType(values.loyalty_type).label
            choices = [("", current), (LOYALTY, LOYALTY.label)]
            self.fields["loyalty_type"].choices = choices  # type: ignore[attr-defined]
        self.custom_inputs, self.extended_inputs = build_inputs(org, values)
        self.custom_inputs.add_to(self)
        self.extended_inputs.add_to(self)
        self.custom_changes: dict[str, Any] = {}
        self.extended_changes: dict[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.custom_changes = self.custom_inputs.read_changes(self)
        self.extended_changes = self.extended_inputs.read_changes(self)
        return cleaned

    def list_sections(self) -> list[FormSection]:
        """Return the parts of the page."""
        names = [n for n in ("first_name", "last_name", "loyalty_type") if n in self.fields]
        return [
            FormSection("", [self[name] for name in names], []),
            build_section(self, gettext("Fields of the profile"), self.custom_inputs),
            build_section(self, gettext("Extended fields"), self.extended_inputs),
            FormSection("", [self["reason"]], []),
        ]


def build_section(form: forms.Form, title: str, inputs: FieldInputs) -> FormSection:
    shown, more = inputs.split_names(form)
    return FormSection(title, [form[name] for name in shown], [form[name] for name in more])
