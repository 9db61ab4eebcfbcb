"""Pages on which staff decide about one row: a form, a refusal in words, one operation."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from crm.adminkit.points import amount
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work

Sentences = Mapping[type[DomainError], str]


def decide(
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
    """Show the form, or do what it says in a unit of its own and go back with the outcome.

    ``act`` returns the sentence that says what was done. A refusal is shown above the form, which
    keeps what was typed.
    """
    if request.method == "POST" and form.is_valid():
        try:
            done = unit_of_work(act)(form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, in_a_sentence(refusal, sentences))
        else:
            desk.message_user(request, done)
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


def in_a_sentence(refusal: DomainError, sentences: Sentences) -> str:
    """The refusal in words for staff, with its facts filled in."""
    sentence = sentences.get(type(refusal))
    if sentence is None:
        return f"Refused: {refusal.code}"
    facts = {
        name: amount(fact) if isinstance(fact, Decimal) else fact
        for name, fact in refusal.facts.items()
    }
    return sentence.format(**facts)
