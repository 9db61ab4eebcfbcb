"""The page to opt a customer in or out, by channel and priority, with a reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from crm.adminkit.action_pages import run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.customer_actions import describe_customer, get_customer_url, refuse_action
from crm.adminkit.idempotent_forms import reason_field
from customers.models import Customer
from customers.models.subscription import (
    SubscriptionChannel,
    SubscriptionPriority,
    SubscriptionStatus,
)
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from customers.queries.customers.profile_values import ProfileAccount, list_profile_accounts
from customers.queries.subscriptions import list_subscriptions
from customers.rules.subscriptions import CHANNELS, OPTIN, OPTOUT, PRIORITIES, Consent

PERMISSION = "customers.change_subscription"
ERROR_FIELDS = {"customers.reason_invalid": "reason"}
STATUS_CHOICES = [("", _("Keep")), (OPTIN, _("Opt in")), (OPTOUT, _("Opt out"))]
EVERYWHERE = ""


class ConsentForm(forms.Form):
    """One choice for each channel and priority; those that are not made change nothing."""

    where = forms.ChoiceField(
        label=_("Where"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("The profiles of the customer that it is for."),
    )
    reason = reason_field(_("For example: asked by phone"))

    def __init__(
        self,
        accounts: Sequence[ProfileAccount],
        chosen: Mapping[str, str],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = {str(account.id): account for account in accounts}
        names = [(account_id, account.name) for account_id, account in self.accounts.items()]
        self.fields["where"].choices = [  # type: ignore[attr-defined]
            (EVERYWHERE, gettext("Everywhere")),
            *names,
        ]
        for channel in CHANNELS:
            for priority in PRIORITIES:
                label = (
                    f"{SubscriptionChannel(channel).label}, {SubscriptionPriority(priority).label}"
                )
                name = get_cell_name(channel, priority)
                self.fields[name] = forms.ChoiceField(
                    label=label,
                    required=False,
                    choices=STATUS_CHOICES,
                    initial=chosen.get(name, ""),
                    widget=UnfoldAdminSelectWidget(attrs={"aria-label": label}),
                )
        if chosen:
            self.fields["reason"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.list_choices():
            raise forms.ValidationError(gettext("Choose at least one change."))
        return cleaned

    def list_choices(self) -> list[tuple[str, str, str]]:
        """Return channel, priority and status of each choice that was made."""
        return [
            (channel, priority, status)
            for channel in CHANNELS
            for priority in PRIORITIES
            if (status := self.cleaned_data.get(get_cell_name(channel, priority)))
        ]


def get_cell_name(channel: str, priority: str) -> str:
    return f"{channel}_{priority}"


def get_consent_url(customer_id: int, channel: str = "", priority: str = "", to: str = "") -> str:
    """Return the address of the page; with a channel, its change is chosen already."""
    url = reverse("admin:customers_customer_consent", args=[customer_id])
    return f"{url}?{get_cell_name(channel, priority)}={to}" if channel else url


def change_consent(desk: Any, request: HttpRequest, customer_id: int) -> HttpResponseBase:
    """Show the consent in a form, or change it. All of it is changed, or nothing."""
    redirect = refuse_action(desk, request, customer_id, PERMISSION)
    if redirect is not None:
        return redirect
    org_id = get_staff_user(request).org_id
    consents = list_subscriptions(org_id=org_id, customer_id=customer_id, always=CHANNELS)
    accounts = list_profile_accounts(org_id=org_id, customer_id=customer_id)
    chosen = {name: value for name, value in request.GET.items() if value in (OPTIN, OPTOUT)}
    form = ConsentForm(accounts, chosen, request.POST or None)

    def act(data: dict[str, Any]) -> str:
        subscribe(
            origin=get_origin(request),
            customer_id=customer_id,
            changes=_build_changes(form, consents),
            reason=data["reason"],
        )
        return gettext("The consent was recorded.")

    return run_action_form(
        desk,
        request,
        form=form,
        act=act,
        back_url=get_customer_url(customer_id),
        words={
            "title": gettext("Consent"),
            "heading": gettext("Change consent"),
            "explanation": gettext(
                "Who changed it, when and why is kept. To undo it, choose the opposite."
            ),
            "button": gettext("Save consent"),
            "facts": [(gettext("Customer"), describe_customer(request, customer_id))],
            "priorities": SubscriptionPriority.labels,
            "rows": _build_rows(form, consents),
        },
        row=Customer(pk=customer_id),
        error_fields=ERROR_FIELDS,
        template="console/consent_form.html",
    )


def _build_changes(form: ConsentForm, consents: Sequence[Consent]) -> list[SubscriptionChangeIn]:
    """Return the changes. Everywhere means all profiles, and wherever it was set before."""
    account = form.accounts.get(form.cleaned_data["where"])
    accounts = [account] if account else list(form.accounts.values())
    changes = []
    for channel, priority, status in form.list_choices():
        places: dict[tuple[str, str, int | None], None] = {
            (row.source, row.account_id, None): None for row in accounts
        }
        if account is None:
            places |= {
                (row.source, row.account_id or "", row.org_unit_id): None
                for row in consents
                if row.source and (row.channel, row.priority) == (channel, priority)
            }
        changes += [
            SubscriptionChangeIn(
                channel=channel,
                priority=priority,
                status=status,
                source=source,
                account_id=account_id,
                org_unit_id=unit_id,
            )
            for source, account_id, unit_id in places
        ]
    return changes


def _build_rows(form: ConsentForm, consents: Sequence[Consent]) -> list[dict[str, Any]]:
    current = {(row.channel, row.priority): row for row in consents if row.source is None}
    return [
        {
            "channel": SubscriptionChannel(channel).label,
            "cells": [
                {
                    **describe_consent(current.get((channel, priority))),
                    "priority": SubscriptionPriority(priority).label,
                    "field": form[get_cell_name(channel, priority)],
                }
                for priority in PRIORITIES
            ],
        }
        for channel in CHANNELS
    ]


def describe_consent(row: Consent | None) -> dict[str, Any]:
    """Return the words for the consent, its colour, and the opposite status."""
    if row is None or not row.was_set:
        return {"text": gettext("Not set"), "kind": "unset", "opposite": OPTOUT}
    is_in = row.status == OPTIN
    return {
        "text": str(SubscriptionStatus(row.status).label),
        "kind": "in" if is_in else "out",
        "opposite": OPTOUT if is_in else OPTIN,
    }
