"""Admin pages that run one operation on a row from a form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.idempotent_forms import SENT_TWICE, ReceiptForm
from crm.adminkit.translated_texts import translate_refusal
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.form_receipts import claim_form, keep_form_result


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What a form did. ``url`` is the page to show next; blank: the one it came from."""

    message: str
    url: str = ""
    warnings: Sequence[str] = ()


def run_action_form(
    desk: Any,
    request: HttpRequest,
    *,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str | ActionResult],
    back_url: str,
    words: Mapping[str, Any],
    row: Any,
    error_fields: Mapping[str, str] | None = None,
    template: str = "console/desk_form.html",
) -> HttpResponseBase:
    """Show the form, or run the operation in its own transaction and redirect.

    ``act`` gets the cleaned data and returns the success message, or an ``ActionResult``. A refusal
    is shown at the field that ``error_fields`` names for its code, else above the form, which keeps
    its values. A ``ReceiptForm`` that was sent before is not run again.
    """
    if request.method == "POST" and form.is_valid():
        try:
            result = unit_of_work(act_once)(request, form, act)
        except DomainError as refusal:
            name = (error_fields or {}).get(refusal.code)
            form.add_error(name if name in form.fields else None, translate_refusal(refusal))
        else:
            return finish_action(desk, request, result, back_url)
    return show_action_page(desk, request, form, back_url, words, row, template)


def finish_action(
    desk: Any, request: HttpRequest, result: ActionResult, back_url: str
) -> HttpResponseBase:
    """Redirect with the messages of what was done."""
    desk.message_user(request, result.message)
    for warning in result.warnings:
        desk.message_user(request, warning, messages.WARNING)
    return redirect(result.url or back_url)


def show_action_page(
    desk: Any,
    request: HttpRequest,
    form: forms.Form,
    back_url: str,
    words: Mapping[str, Any],
    row: Any,
    template: str = "console/desk_form.html",
) -> HttpResponseBase:
    """Show the page of the form, with the first input that has an error in focus."""
    if form.is_bound:
        _focus_first_error(form)
    context = {
        **desk.admin_site.each_context(request),
        **words,
        "opts": desk.opts,
        "original": row,
        "form": form,
        "back_url": back_url,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, template, context)


def _focus_first_error(form: forms.Form) -> None:
    for field in form.visible_fields():
        if field.errors:
            field.field.widget.attrs["autofocus"] = True
            return


def act_once(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str | ActionResult],
) -> ActionResult:
    """Run the operation, unless the form has a receipt; then return what was done before."""
    if not isinstance(form, ReceiptForm):
        return _read_result(act(form.cleaned_data))
    staff_id, key = get_staff_user(request).pk, form.cleaned_data["once"]
    kept = claim_form(staff_id=staff_id, key=key, now=timezone.now())
    if kept is not None:
        return ActionResult(f"{SENT_TWICE} {kept.message}", kept.url)
    result = _read_result(act(form.cleaned_data))
    keep_form_result(staff_id=staff_id, key=key, message=result.message, url=result.url)
    return result


def _read_result(result: str | ActionResult) -> ActionResult:
    return result if isinstance(result, ActionResult) else ActionResult(result)
