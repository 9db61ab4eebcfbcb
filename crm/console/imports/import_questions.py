"""The question that stops a dry run, and its answers."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from crm.adminkit.localized import format_count
from crm.imports.readings import Question

# The text of the question, and the answers with their values.
_QUESTIONS: dict[str, tuple[Any, list[tuple[str, Any]]]] = {
    "dates": (
        _("How are the dates of this file written?"),
        [("day", _("Day first, 31/12/2025")), ("month", _("Month first, 12/31/2025"))],
    ),
    "numbers": (
        _("How are the numbers of this file written?"),
        [("point", _("Decimal point, 1,234.50")), ("comma", _("Decimal comma, 1.234,50"))],
    ),
}
# What the domain says about the cell that asks.
SENTENCES = [
    gettext_noop("is a date with the day first"),
    gettext_noop("is a date with the month first"),
    gettext_noop("is a number with a decimal point"),
    gettext_noop("is a number with a decimal comma"),
    gettext_noop("can be read as two numbers"),
]


class AnswerForm(forms.Form):
    """One answer, as the button that was pressed sends it."""

    answer = forms.ChoiceField(
        choices=[choice for _title, choices in _QUESTIONS.values() for choice in choices]
    )

    def reading(self) -> dict[str, Any]:
        """Return how the file is to be read."""
        match self.cleaned_data["answer"]:
            case "day" | "month" as order:
                return {"day_first": order == "day"}
            case mark:
                return {"decimal_comma": mark == "comma"}


def describe_question(question: Question | None) -> dict[str, Any] | None:
    """Return the texts of a question for the page."""
    if question is None:
        return None
    title, answers = _QUESTIONS[question.about]
    return {
        "title": title,
        "answers": answers,
        "row": format_count(question.row),
        "column": question.column,
        "text": question.text,
        "sentence": gettext(question.sentence),
    }
