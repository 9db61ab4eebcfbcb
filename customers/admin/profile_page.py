"""The page to change the names and fields of a customer."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from crm.adminkit.action_pages import ActionResult, run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.customer_actions import get_customer_url, refuse_action
from crm.adminkit.translated_texts import translate_notice
from crm.kernel.ids import read_id
from crm.usecases.update_customers import update_with_effects
from customers import errors
from customers.admin.profile_forms import ProfileForm
from customers.models import Customer
from customers.queries.customers.profile_values import ProfileValues, get_profile_values
from customers.rules.customer_update import CustomerChange
from customers.rules.registration import ProfileEntry
from loyalty.operations.effects import run_effects

PERMISSION = "customers.change_customer"
ERROR_FIELDS = {"customers.name_invalid": "first_name", "customers.reason_invalid": "reason"}
# Identifiers are changed by requests: (kind of request, what it changes).
IDENTIFIER_REQUESTS = ("MOBILE", "EMAIL", "EXTERNAL_ID")


def edit_profile(desk: Any, request: HttpRequest, customer_id: int) -> HttpResponseBase:
    """Show the form for the profile that the address names, or change it."""
    redirect = refuse_action(desk, request, customer_id, PERMISSION)
    if redirect is not None:
        return redirect
    org = get_staff_user(request).org
    try:
        values = get_profile_values(
            org_id=org.pk,
            customer_id=customer_id,
            source_account_id=read_id(request.GET.get("account", "")),
        )
    except errors.NoProfileInSource as refusal:
        raise Http404 from refusal
    form = ProfileForm(org, values, request.POST or None)

    def act(data: dict[str, Any]) -> ActionResult:
        return _change_profile(request, form, data)

    return run_action_form(
        desk,
        request,
        form=form,
        act=act,
        back_url=get_customer_url(customer_id),
        words=_build_words(request, values),
        row=Customer(pk=customer_id),
        error_fields=ERROR_FIELDS,
        template="console/profile_form.html",
    )


def _change_profile(request: HttpRequest, form: ProfileForm, data: dict[str, Any]) -> ActionResult:
    """Change what differs from what the page showed."""
    origin, values = get_origin(request), form.values
    result = update_with_effects(
        origin=origin,
        change=CustomerChange(
            customer_id=values.customer_id,
            profiles=[
                ProfileEntry(
                    source_account_id=values.account.id,
                    first_name=_keep_or_change(data["first_name"], values.first_name),
                    last_name=_keep_or_change(data["last_name"], values.last_name),
                    fields=form.custom_changes,
                )
            ],
            loyalty_type=data.get("loyalty_type") or None,
            extended_fields=form.extended_changes,
            seen_at=data["seen_at"],
            reason=data["reason"],
        ),
    )
    if result.effect_id is not None:
        run_effects(origin=origin, effect_ids=[result.effect_id])
    return ActionResult(
        gettext("The details were changed.")
        if result.updated.changed
        else gettext("Nothing was changed."),
        warnings=[translate_notice(notice) for notice in result.updated.notices],
    )


def _keep_or_change(new: str, old: str) -> str | None:
    return None if new == old else new


def _build_words(request: HttpRequest, values: ProfileValues) -> dict[str, Any]:
    url = reverse("admin:customers_customer_edit", args=[values.customer_id])
    return {
        "title": gettext("Edit details"),
        "heading": gettext("Edit names and fields"),
        "explanation": gettext(
            "The history keeps the old values, you and the reason. To undo it, change them back."
        ),
        "button": gettext("Save changes"),
        "facts": [
            (gettext("Customer"), values.customer_id),
            (gettext("Profile"), values.account.name),
        ],
        "other_profiles": [
            (account.name, f"{url}?account={account.id}")
            for account in values.accounts
            if account.id != values.account.id
        ],
        "identifier_requests": (
            [
                (label, reverse("admin:approvals_request_file", args=[values.customer_id, kind]))
                for kind, label in zip(
                    IDENTIFIER_REQUESTS,
                    (gettext("Mobile"), gettext("Email"), gettext("External id")),
                    strict=True,
                )
            ]
            if request.user.has_perm("approvals.file_request")
            else []
        ),
    }
