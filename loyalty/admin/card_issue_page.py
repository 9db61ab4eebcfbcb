"""The page to issue a card to a customer."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crm.adminkit.action_pages import ActionResult, run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.customer_actions import describe_customer, get_customer_url, refuse_action
from crm.adminkit.idempotent_forms import ReceiptForm, reason_field
from crm.adminkit.translated_texts import translate_notice
from customers.queries.customers.profile_values import ProfileAccount, list_profile_accounts
from loyalty.models import CardSeries
from loyalty.operations.cards.issue import CardIssueRequest, issue_card
from loyalty.queries.cards.series import list_card_series
from loyalty.queries.desk_lists import list_issue_label_names

PERMISSION = "loyalty.issue_cards"
ERROR_FIELDS = {
    "customers.no_profile_in_source": "account",
    "loyalty.card_label_unknown": "label",
    "loyalty.card_series_inactive": "series",
    "loyalty.card_series_unknown": "series",
    "loyalty.card_limit_reached": "series",
    "loyalty.card_space_too_small": "series",
    "loyalty.card_external_id_invalid": "external_id",
    "loyalty.card_external_id_taken": "external_id",
    **dict.fromkeys(
        (
            "loyalty.card_external_refused",
            "loyalty.card_generation_disabled",
            "loyalty.card_number_invalid",
            "loyalty.card_of_other_series",
            "loyalty.card_taken",
            "loyalty.card_transition_refused",
            "loyalty.card_unknown",
        ),
        "number",
    ),
}


class CardForm(ReceiptForm):
    """Without a number the series makes one. A card that exists needs no series."""

    series = forms.TypedChoiceField(
        label=_("Series"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Not needed for a card that exists already."),
    )
    number = forms.CharField(
        label=_("Card number"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("As it stands on the card. Empty: the series makes a new number."),
    )
    external_id = forms.CharField(
        label=_("External id of the card"),
        required=False,
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    account = forms.TypedChoiceField(label=_("Profile"), coerce=int, widget=UnfoldAdminSelectWidget)
    label = forms.ChoiceField(label=_("Label"), required=False, widget=UnfoldAdminSelectWidget)
    reason = reason_field(_("Reason for the card"))

    def __init__(
        self,
        series: Sequence[CardSeries],
        accounts: Sequence[ProfileAccount],
        labels: Sequence[str],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        names = [(str(row.pk), _describe_series(row)) for row in series if row.is_active]
        self._set_choices("series", [("", gettext("Select a series")), *names])
        self._set_choices("account", [(str(account.id), account.name) for account in accounts])
        self._set_choices("label", [("", gettext("Default")), *((name, name) for name in labels)])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not (self.errors or cleaned["series"] or cleaned["number"] or cleaned["external_id"]):
            self.add_error("series", gettext("Select a series, or enter the number of a card."))
        return cleaned

    def _set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


def issue_customer_card(desk: Any, request: HttpRequest, customer_id: int) -> HttpResponseBase:
    """Show the form, or issue the card."""
    redirect = refuse_action(desk, request, customer_id, PERMISSION)
    if redirect is not None:
        return redirect
    org_id = get_staff_user(request).org_id
    form = CardForm(
        list_card_series(org_id=org_id),
        list_profile_accounts(org_id=org_id, customer_id=customer_id),
        list_issue_label_names(org_id=org_id),
        request.POST or None,
    )
    return run_action_form(
        desk,
        request,
        form=form,
        act=lambda data: _issue_card(request, customer_id, data),
        back_url=get_customer_url(customer_id),
        words={
            "title": gettext("Issue a card"),
            "heading": gettext("Issue a card"),
            "explanation": gettext(
                "The limits of the series apply. To replace a lost card, change its label first, "
                "for example to suspended. To take a card back, choose a label that is not issued."
            ),
            "button": gettext("Issue card"),
            "facts": [(gettext("Customer"), describe_customer(request, customer_id))],
        },
        row=None,
        error_fields=ERROR_FIELDS,
    )


def _issue_card(request: HttpRequest, customer_id: int, data: dict[str, Any]) -> ActionResult:
    result = issue_card(
        origin=get_origin(request),
        request=CardIssueRequest(
            customer_id=customer_id,
            source_account_id=data["account"],
            number=data["number"] or None,
            external_id=data["external_id"] or None,
            series_id=data["series"],
            label=data["label"] or None,
            reason=data["reason"],
        ),
    )
    return ActionResult(
        gettext("Card {number} was issued.").format(number=result.number),
        warnings=[translate_notice(notice) for notice in result.notices],
    )


def _describe_series(series: CardSeries) -> str:
    """Return the name, and where the numbers come from."""
    if not series.generation_enabled:
        return gettext("{name} (numbers from outside)").format(name=series.name)
    return series.name
