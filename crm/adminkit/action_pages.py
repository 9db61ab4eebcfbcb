"""Admin pages that run one operation on a row from a form."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from crm.adminkit.point_formats import format_amount
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work

Sentences = Mapping[type[DomainError], str]


def run_action_form(
    desk: Any,
    request: HttpRequest,
    *,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    sentences: Sentences,
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
            form.add_error(None, format_refusal(refusal, sentences))
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


def format_refusal(refusal: DomainError, sentences: Sentences) -> str:
    """Return the staff's sentence for a refusal, with its facts."""
    sentence = sentences.get(type(refusal))
    if sentence is None:
        return gettext("Refused: {code}").format(code=refusal.code)
    facts = {
        name: format_amount(fact) if isinstance(fact, Decimal) else fact
        for name, fact in refusal.facts.items()
    }
    return gettext(sentence).format(**facts)
