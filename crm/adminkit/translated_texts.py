"""Translate the sentences that the domain wrote in English."""

import re
from datetime import datetime
from decimal import Decimal
from string import Formatter
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext

from crm.adminkit.localized import localize_digits
from crm.kernel.errors import DomainError, Notice
from crm.kernel.staff_texts import StaffText, TextTemplate, UpperFirst
from crm.messages import explain, explain_code

# Specifications of times in templates of the domain, and the format of each language for them.
TIME_FORMATS = {"%d %b %Y": "COLUMN_DATE_FORMAT", "%d %b %Y %H:%M": "COLUMN_DATETIME_FORMAT"}

# Facts that quote what somebody wrote.
QUOTED_FACTS = {"text", "code", "label"}
SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z])")


class _LocalFormatter(Formatter):
    """Fill a template with numbers and times as the language writes them."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        if isinstance(value, StaffText):
            return translate_text(value)
        if isinstance(value, datetime) and format_spec in TIME_FORMATS:
            return date_format(value, TIME_FORMATS[format_spec])
        text = super().format_field(value, format_spec)
        is_number = isinstance(value, int | float | Decimal) and "," in format_spec
        return localize_digits(text) if is_number else text


def translate_text(text: str) -> str:
    """Return the text in the language of the page. Only a text of the domain is translated."""
    if not isinstance(text, StaffText):
        return text
    template = gettext(text.template)
    words = _LocalFormatter().format(template, **text.facts) if text.facts else template
    return f"{words[:1].upper()}{words[1:]}" if isinstance(text, UpperFirst) else words


def translate_refusal(refusal: DomainError) -> str:
    """Return the sentence of the refusal in the language of the page."""
    return translate_text(explain(refusal))


def translate_notice(notice: Notice) -> str:
    """Return the sentence of the notice in the language of the page."""
    return translate_text(explain_code(notice.code, notice.facts))


def translate_stored_text(text: str) -> str:
    """Translate a sentence that was stored in English, by the template that it was made with."""
    if get_language() == "en" or not text:
        return text
    whole = _translate_stored_sentence(text)
    if whole is not None:
        return whole
    return " ".join(
        _translate_stored_sentence(sentence) or sentence for sentence in SENTENCE_END.split(text)
    )


def _translate_stored_sentence(text: str) -> str | None:
    if not text.strip():
        return text
    translated = gettext(text)
    if translated != text:
        return translated
    # The fault of a row is a part of a sentence, which became one.
    fault = f"{text[:1].lower()}{text[1:-1]}"
    if text.endswith(".") and (translated := gettext(fault)) != fault:
        return f"{translated[:1].upper()}{translated[1:]}."
    for template in TextTemplate.known:
        if (facts := template.read(text)) is not None:
            words = {
                name: fact if name in QUOTED_FACTS else _translate_fact(fact)
                for name, fact in facts.items()
            }
            return _LocalFormatter().format(_strip_specs(gettext(template.template)), **words)
    return None


def _translate_fact(fact: str) -> str:
    """Translate the words of a fact, which may be several with commas between them."""
    return ", ".join(_translate_stored_sentence(part) or part for part in fact.split(", "))


def _strip_specs(template: str) -> str:
    """Remove format specifications: the facts were formatted when the text was stored."""
    return "".join(
        literal + (f"{{{name}}}" if name is not None else "")
        for literal, name, _, _ in Formatter().parse(template)
    )
