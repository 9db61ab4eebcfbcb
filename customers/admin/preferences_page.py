"""The page to change the preferences of a customer."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.adminkit.action_pages import ActionResult, run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.customer_actions import describe_customer, get_customer_url, refuse_action
from crm.adminkit.store_field import StoreField
from crm.adminkit.translated_texts import translate_notice
from crm.tenancy.models import Organization
from customers.admin.field_inputs import FieldInputs
from customers.admin.profile_forms import FormSection, build_section
from customers.models import Customer, FieldDefinition
from customers.operations.preferences import StoreReference, set_preferences
from customers.queries.fields import get_field_rules, list_custom_fields
from customers.queries.preferences import PreferencesView, get_preferences_by_customer
from customers.rules.preferences import PREFERRED_STORE, is_preferred_store_name

PERMISSION = "customers.change_preferences"
SCOPE = FieldDefinition.Scope.PREFERENCE


class PreferencesForm(forms.Form):
    """Changes what differs from the preferences that it showed."""

    def __init__(
        self, org: Organization, stored: PreferencesView | None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.shown_store = stored.store_code if stored else ""
        self.fields["store"] = StoreField(
            org.pk, label=_("Preferred store"), required=False, initial=self.shown_store
        )
        self.inputs = FieldInputs(
            "preference",
            [
                field
                for field in list_custom_fields(org_id=org.pk)
                if field.scope == SCOPE and not is_preferred_store_name(field.name)
            ],
            get_field_rules(org_id=org.pk, kind=FieldDefinition.Kind.CUSTOM, scope=SCOPE),
            stored.fields if stored else {},
            org.zone,
        )
        self.inputs.add_to(self)
        self.changes: Mapping[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.changes = self.inputs.read_changes(self)
        return cleaned

    def list_sections(self) -> list[FormSection]:
        """Return the parts of the page."""
        return [
            FormSection("", [self["store"]], []),
            build_section(self, gettext("Preferences"), self.inputs),
        ]


def edit_preferences(desk: Any, request: HttpRequest, customer_id: int) -> HttpResponseBase:
    """Show the preferences in a form, or change them."""
    redirect = refuse_action(desk, request, customer_id, PERMISSION)
    if redirect is not None:
        return redirect
    org = get_staff_user(request).org
    stored = get_preferences_by_customer(org_id=org.pk, customer_ids=[customer_id])
    form = PreferencesForm(org, stored.get(customer_id), request.POST or None)
    return run_action_form(
        desk,
        request,
        form=form,
        act=lambda data: _change_preferences(request, customer_id, form, data),
        back_url=get_customer_url(customer_id),
        words={
            "title": gettext("Preferences"),
            "heading": gettext("Edit preferences"),
            "explanation": gettext(
                "The history keeps the old values and who changed them. To undo it, change them "
                "back."
            ),
            "button": gettext("Save preferences"),
            "facts": [(gettext("Customer"), describe_customer(request, customer_id))],
        },
        row=Customer(pk=customer_id),
        template="console/profile_form.html",
    )


def _change_preferences(
    request: HttpRequest, customer_id: int, form: PreferencesForm, data: Mapping[str, Any]
) -> ActionResult:
    changes, store = dict(form.changes), None
    if data["store"] is None and form.shown_store:
        changes[PREFERRED_STORE] = ""
    elif data["store"] is not None and data["store"].code != form.shown_store:
        store = StoreReference(id=data["store"].pk)
    if not changes and store is None:
        return ActionResult(gettext("Nothing was changed."))
    result = set_preferences(
        origin=get_origin(request), customer_id=customer_id, fields=changes, store=store
    )
    return ActionResult(
        gettext("The preferences were changed."),
        warnings=[translate_notice(notice) for notice in result.notices],
    )
