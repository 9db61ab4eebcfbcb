"""The desk of credentials for tills and applications; a secret is shown only once."""

import secrets
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from crm.adminkit.change_log import get_origin
from crm.adminkit.org_scope import ConfigurationDesk, OrgModelForm
from crm.adminkit.translated_texts import translate_refusal
from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.tenancy import errors
from crm.tenancy.models import Credential, Scope
from crm.tenancy.operations.credentials import (
    change_secret,
    create_credential,
    disable_credential,
    enable_credential,
)
from crm.tenancy.origin import Origin

SECRET_BYTES = 18
# The field that shows a refusal.
ERROR_FIELDS: dict[type[DomainError], str] = {
    errors.LogInInvalid: "login",
    errors.LogInTaken: "login",
    errors.EntityUnknown: "entity",
}


class CredentialForm(OrgModelForm):
    """Scopes are ticked, not typed."""

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=Scope.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    # The refusal of the operation: a field and its error message.
    refusal: tuple[str, str] | None = None

    def clean(self) -> dict[str, Any]:
        if self.refusal is not None:
            self.add_error(*self.refusal)
        return super().clean() or {}


@admin.register(Credential)
class CredentialDesk(ConfigurationDesk):
    form = CredentialForm
    list_display = ["login", "kind", "entity", "scope_list", "is_active"]
    list_filter = ["kind", "is_active"]
    list_select_related = ["entity"]
    search_fields = ["login", "entity__code", "entity__name"]
    ordering = ["login", "id"]
    fields = ["entity", "kind", "login", "scopes", "is_active"]
    # Enabling and disabling are actions of their own: they revoke issued tokens.
    readonly_fields = ["is_active"]
    autocomplete_fields = ["entity"]
    readonly_after_creation = ("entity", "kind", "login")
    actions_detail = ["new_secret", "switch"]

    @display(description=_("Scopes"), label=True)
    def scope_list(self, credential: Credential) -> list[str]:
        return list(credential.scopes)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fields(request, obj) if obj else ["entity", "kind", "login", "scopes"]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "credential_refusal", None)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            raise PermissionDenied("A log-in without a secret is none")
        super().save_model(request, obj, form, change)

    # --- A new log-in -------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """Create the credential and show its secret once."""
        # One at a time, because each secret must be read.
        extra_context = {
            **(extra_context or {}),
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
        }
        if request.method != "POST":
            return super().add_view(request, form_url, extra_context)
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = self.get_form(request)(request.POST)
        if form.is_valid():
            secret = secrets.token_urlsafe(SECRET_BYTES)
            try:
                credential = unit_of_work(_create_credential)(
                    origin=get_origin(request), cleaned_data=form.cleaned_data, secret=secret
                )
            except tuple(ERROR_FIELDS) as refusal:
                field = ERROR_FIELDS[type(refusal)]
                request.credential_refusal = field, translate_refusal(refusal)  # type: ignore[attr-defined]
            else:
                return self._show_secret(request, credential, secret)
        # Django's own page shows the form again with its errors.
        return super().add_view(request, form_url, extra_context)

    # --- Decisions about one ------------------------------------------------------------

    @action(description=_("New secret"), permissions=["change"], icon="key")
    def new_secret(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Confirm, then replace the secret and show the new one once."""
        credential = self._get_credential(request, object_id)
        if request.method != "POST":
            return self._confirm(
                request,
                credential,
                title=gettext("A new secret for {login}").format(login=credential.login),
                consequence=gettext(
                    "The current secret and its tokens stop working at once. Tills and "
                    "applications that use it need the new secret."
                ),
                button=gettext("Generate new secret"),
            )
        secret = secrets.token_urlsafe(SECRET_BYTES)
        unit_of_work(_replace_secret)(
            origin=get_origin(request), credential_id=credential.pk, secret=secret
        )
        return self._show_secret(request, credential, secret)

    @action(description=_("Switch off / on"), permissions=["change"], icon="power_settings_new")
    def switch(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Confirm, then disable or enable the log-in."""
        credential = self._get_credential(request, object_id)
        if request.method != "POST":
            return self._confirm(request, credential, **_build_switch_texts(credential))
        unit_of_work(_set_active)(
            origin=get_origin(request), credential_id=credential.pk, on=not credential.is_active
        )
        self.message_user(
            request,
            (
                gettext("{login} is switched off.")
                if credential.is_active
                else gettext("{login} is switched on.")
            ).format(login=credential.login),
            messages.SUCCESS,
        )
        return redirect("admin:tenancy_credential_change", credential.pk)

    def _get_credential(self, request: HttpRequest, object_id: str) -> Credential:
        credential: Credential | None = self.get_object(request, object_id)
        if credential is None:
            raise Http404
        return credential

    def _confirm(
        self, request: HttpRequest, credential: Credential, **texts: str
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            **texts,
            "opts": self.opts,
            "original": credential,
            "back_url": reverse("admin:tenancy_credential_change", args=[credential.pk]),
        }
        return TemplateResponse(request, "console/confirm.html", context)

    def _show_secret(
        self, request: HttpRequest, credential: Credential, secret: str
    ) -> HttpResponseBase:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": credential,
            "title": gettext("The secret of {login}").format(login=credential.login),
            "login": credential.login,
            "secret": secret,
            "back_url": reverse("admin:tenancy_credential_change", args=[credential.pk]),
        }
        # No cache may store the secret.
        return never_cache(lambda r: TemplateResponse(r, "console/secret.html", context))(request)


def _create_credential(*, origin: Origin, cleaned_data: dict[str, Any], secret: str) -> Credential:
    credential = create_credential(
        origin=origin,
        entity_id=cleaned_data["entity"].pk,
        kind=cleaned_data["kind"],
        login=cleaned_data["login"],
        secret=secret,
        scopes=cleaned_data["scopes"],
    )
    after = {
        "login": cleaned_data["login"],
        "entity": str(cleaned_data["entity"]),
        "scopes": cleaned_data["scopes"],
    }
    _record_event(origin, credential.pk, "credential.added", None, after)
    return credential


def _replace_secret(*, origin: Origin, credential_id: int, secret: str) -> None:
    change_secret(origin=origin, credential_id=credential_id, secret=secret)
    _record_event(origin, credential_id, "credential.secret_changed", None, None)


def _set_active(*, origin: Origin, credential_id: int, on: bool) -> None:
    (enable_credential if on else disable_credential)(origin=origin, credential_id=credential_id)
    kind = "credential.switched_on" if on else "credential.switched_off"
    _record_event(origin, credential_id, kind, {"is active": not on}, {"is active": on})


def _record_event(origin: Origin, pk: int, kind: str, before: Any, after: Any) -> None:
    record_events(origin=origin, events=[NewEvent(kind, "credential", pk, before, after)])


def _build_switch_texts(credential: Credential) -> dict[str, str]:
    if credential.is_active:
        return {
            "title": gettext("Switch {login} off").format(login=credential.login),
            "consequence": gettext(
                "Log-ins with it are refused from now on, its tokens are revoked. It "
                "can be switched on again."
            ),
            "button": gettext("Switch off"),
        }
    return {
        "title": gettext("Switch {login} on").format(login=credential.login),
        "consequence": gettext("It can log in again with its secret. Earlier tokens stay revoked."),
        "button": gettext("Switch on"),
    }
