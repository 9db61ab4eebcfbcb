"""The desk of the user's own organization: its settings."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumbers import SUPPORTED_REGIONS
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldBooleanSwitchWidget

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.org_scope import ConfigurationDesk, OrgModelForm
from crm.tenancy.models import Organization
from crm.tenancy.operations.settings import change_settings
from crm.tenancy.queries.settings import get_settings
from crm.tenancy.rules.settings import SETTINGS, SettingRule

GROUPS: dict[str, list[str]] = {}
for _name, _rule in SETTINGS.items():
    GROUPS.setdefault(_rule.group, []).append(_name)


def _build_setting_field(rule: SettingRule, name: str) -> forms.Field:
    if rule.is_switch:
        return forms.BooleanField(
            label=_(rule.label), help_text=name, required=False, widget=UnfoldBooleanSwitchWidget
        )
    return forms.IntegerField(
        label=_(rule.label),
        help_text=name,
        min_value=rule.least,
        max_value=rule.most,
        widget=UnfoldAdminIntegerFieldWidget,
    )


class OrganizationRowForm(OrgModelForm):
    """Only countries with known phone number formats are valid; settings are stored separately."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settings = get_settings(self.instance.pk)
        for name, rule in SETTINGS.items():
            self.initial[name] = settings.is_on(name) if rule.is_switch else settings.number(name)

    @property
    def changed_settings(self) -> dict[str, int]:
        return {
            name: int(self.cleaned_data[name]) for name in self.changed_data if name in SETTINGS
        }

    def clean_default_country(self) -> str:
        country: str = self.cleaned_data["default_country"].strip().upper()
        if country not in SUPPORTED_REGIONS:
            raise forms.ValidationError(gettext("Enter a two-letter country code, such as IN"))
        return country


# One field for each setting there is.
OrganizationForm: type[OrganizationRowForm] = type(
    "OrganizationForm",
    (OrganizationRowForm,),
    {name: _build_setting_field(rule, name) for name, rule in SETTINGS.items()},
)


@admin.register(Organization)
class OrganizationDesk(ConfigurationDesk):
    form = OrganizationForm
    list_display = ["name", "code", "time_zone", "default_country"]
    readonly_fields = ["code"]
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "code",
                    "time_zone",
                    "default_country",
                    "strict_mobile",
                    "primary_identifier",
                )
            },
        ),
        *((_(group), {"fields": tuple(names)}) for group, names in GROUPS.items()),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        change_settings(org_id=obj.pk, values=form.changed_settings)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # A user has one organization, so the list is skipped.
        return redirect("admin:tenancy_organization_change", get_staff_user(request).org_id)
