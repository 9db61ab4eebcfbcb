"""Admin pages that run one operation on a row from a form."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from crm.adminkit.translated_texts import translate_refusal
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work


def run_action_form(
    desk: Any,
    request: HttpRequest,
    *,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    back_url: str,
    words: Mapping[str, Any],
    row: Any,
) -> HttpResponseBase:
    """Show the form, or run the operation in its own transaction and redirect to ``back_url``.

    ``act`` gets the cleaned data and returns the success message. A refusal is shown above the
    form, which keeps its values.
    """
    if request.method == "POST" and form.is_valid():
        try:
            message = unit_of_work(act)(form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, translate_refusal(refusal))
        else:
            desk.message_user(request, message)
            return redirect(back_url)
    context = {
        **desk.admin_site.each_context(request),
        **words,
        "opts": desk.opts,
        "original": row,
        "form": form,
        "back_url": back_url,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, "console/desk_form.html", context)
