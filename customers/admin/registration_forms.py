"""The form to register a customer."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crm.adminkit.idempotent_forms import ReceiptForm
from crm.tenancy.models import Organization
from crm.tenancy.queries.settings import get_settings
from customers.admin.profile_forms import FormSection, build_inputs, build_section, name_field
from customers.models import Customer, SourceAccount
from customers.models.subscription import (
    SubscriptionChannel,
    SubscriptionPriority,
    SubscriptionStatus,
)
from customers.queries.source_accounts import INSTORE, Account, get_source_accounts
from customers.rules.identifiers import CARD_TYPES, IDENTIFIER_TYPES, MAX_VALUE_LENGTH
from customers.rules.pos_registration import MANDATORY_SETTINGS
from loyalty.queries.programs import get_programs

# The inputs of identifiers, and the type of each.
IDENTIFIER_INPUTS = {"mobile": "mobile", "email": "email", "external_id": "externalId"}
OTHER_TYPES = [
    kind for kind in IDENTIFIER_TYPES if kind not in {*IDENTIFIER_INPUTS.values(), *CARD_TYPES}
]
CONSENT_CHANNELS = (SubscriptionChannel.EMAIL, SubscriptionChannel.SMS)
TYPES = (Customer.LoyaltyType.LOYALTY, Customer.LoyaltyType.NON_LOYALTY)


def _text(label: Any, *, hint: Any = "", max_length: int = MAX_VALUE_LENGTH) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=max_length,
        help_text=hint,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


def _choice(label: Any, *, required: bool = True, hint: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=required, help_text=hint, widget=UnfoldAdminSelectWidget
    )


class RegistrationForm(ReceiptForm):
    """``combine_with`` is the customer whom the user agreed to add the profile to."""

    combine_with = forms.IntegerField(required=False, widget=forms.HiddenInput)
    first_name = name_field(_("First name"))
    last_name = name_field(_("Last name"))
    mobile = _text(_("Mobile"), hint=_("With the country code, for example +91 98765 43210."))
    email = _text(_("Email"))
    external_id = _text(_("External id"))
    other_type = _choice(_("Other identifier"), required=False)
    other_value = _text(_("Its value"))
    source_account = _choice(_("Source"), hint=_("Where the customer is registered."))
    loyalty_type = _choice(_("Type"), hint=_("Loyalty customers join the default program."))
    program = _choice(_("Also joins the program"), required=False)
    referral_code = _text(_("Referral code"), hint=_("Of the customer who brought them."))

    def __init__(self, org: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = [a for a in get_source_accounts(org_id=org.pk) if a.is_active]
        self.accounts = {str(account.id): account for account in accounts}
        self._set_choices("source_account", [(a.id, _name_account(a)) for a in accounts])
        in_store = [account.id for account in accounts if account.source == INSTORE]
        self.fields["source_account"].initial = in_store[0] if in_store else None
        self._set_choices("loyalty_type", [(kind.value, kind.label) for kind in TYPES])
        self.fields["loyalty_type"].initial = Customer.LoyaltyType.LOYALTY.value
        self._set_choices("other_type", [("", "-"), *((kind, kind) for kind in OTHER_TYPES)])
        programs = [p for p in get_programs(org.pk).values() if p.is_active and not p.is_default]
        self._set_choices("program", [("", "-"), *((p.id, p.name) for p in programs)])
        settings = get_settings(org.pk)
        for name, kind in IDENTIFIER_INPUTS.items():
            self.fields[name].required = settings.is_on(MANDATORY_SETTINGS[kind])
        self._add_consents()
        self.custom_inputs, self.extended_inputs = build_inputs(org)
        self.custom_inputs.add_to(self)
        self.extended_inputs.add_to(self)
        self.custom_values: Mapping[str, Any] = {}
        self.extended_values: Mapping[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.custom_values = self.custom_inputs.read_changes(self)
        self.extended_values = self.extended_inputs.read_changes(self)
        if cleaned.get("other_value") and not cleaned.get("other_type"):
            self.add_error("other_type", gettext("Choose what the value is."))
        if cleaned.get("other_type") and not cleaned.get("other_value"):
            self.add_error("other_value", gettext("Enter the value."))
        return cleaned

    def list_identifiers(self) -> dict[str, tuple[str, str]]:
        """Return the type and value of each identifier that was entered, by its input."""
        data = self.cleaned_data
        entered = {
            name: (kind, data[name]) for name, kind in IDENTIFIER_INPUTS.items() if data.get(name)
        }
        if data.get("other_value"):
            entered["other_value"] = (data["other_type"], data["other_value"])
        return entered

    def list_consents(self) -> list[tuple[str, str, str]]:
        """Return channel, priority and status of what the customer said."""
        return [
            (channel, priority, status)
            for channel in CONSENT_CHANNELS
            for priority in SubscriptionPriority
            if (status := self.cleaned_data.get(_name_consent(channel, priority)))
        ]

    def list_sections(self) -> list[FormSection]:
        """Return the parts of the page."""
        consents = [_name_consent(c, p) for c in CONSENT_CHANNELS for p in SubscriptionPriority]
        return [
            self._build("", "first_name", "last_name"),
            self._build(
                gettext("Identifiers"),
                *IDENTIFIER_INPUTS,
                more=("other_type", "other_value"),
            ),
            self._build(
                gettext("Source and program"),
                "source_account",
                "loyalty_type",
                more=("program", "referral_code"),
            ),
            self._build(gettext("Consent"), *consents),
            build_section(self, gettext("Fields"), self.custom_inputs),
            build_section(self, gettext("Extended fields"), self.extended_inputs),
        ]

    def _build(self, title: str, *names: str, more: tuple[str, ...] = ()) -> FormSection:
        if any(self[name].errors or self[name].value() for name in more):
            names, more = (*names, *more), ()
        return FormSection(title, [self[name] for name in names], [self[name] for name in more])

    def _add_consents(self) -> None:
        choices = [("", gettext("Not asked")), *SubscriptionStatus.choices]
        for channel in CONSENT_CHANNELS:
            for priority in SubscriptionPriority:
                field = _choice(f"{channel.label}, {priority.label}", required=False)
                self.fields[_name_consent(channel, priority)] = field
                field.choices = choices

    def _set_choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


def _name_consent(channel: str, priority: str) -> str:
    return f"consent_{channel}_{priority}"


def _name_account(account: Account) -> str:
    label = SourceAccount.Source(account.source).label
    return " ".join(filter(None, [str(label), account.account_id, account.name]))
