"""Sentences that the domain writes for staff: in English, and ready to be translated.

The domain does not know who will read a sentence. It writes English, which is what audit, exports
and digests hold; a page translates what it shows (``crm.adminkit.translated_texts``).
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any


class StaffText(str):
    """An English text that remembers its template and facts."""

    template: str
    facts: Mapping[str, Any]


def staff_text(template: str, /, **facts: Any) -> StaffText:
    """Return the text in English; facts fill the braces of the template."""
    text = StaffText(template.format(**facts) if facts else template)
    text.template, text.facts = template, facts
    return text


def join_texts(texts: Iterable[str]) -> StaffText:
    """Return the texts in one line; each is still translated on its own."""
    facts = {f"text_{number}": text for number, text in enumerate(texts)}
    template = " ".join(f"{{{name}}}" for name in facts)
    return staff_text(template, **facts)


class UpperFirst(StaffText):
    """A text at the beginning of a sentence, in each language."""


def upper_first(text: StaffText) -> StaffText:
    """Return the text with an upper-case first letter, and so its translation."""
    upper = UpperFirst(f"{text[:1].upper()}{text[1:]}")
    upper.template, upper.facts = text.template, text.facts
    return upper


class TextTemplate:
    """A text with facts that is stored, so only its English survives.

    ``read`` finds the facts again. Declare each once, in a module.
    """

    known: list["TextTemplate"] = []

    def __init__(self, template: str) -> None:
        self.template = template
        self.known.append(self)

    def __call__(self, **facts: Any) -> StaffText:
        return staff_text(self.template, **facts)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = re.split(r"\{(\w+)[^}]*\}", self.template)
        return re.compile(
            "".join(
                f"(?P<{part}>.+?)" if index % 2 else re.escape(part)
                for index, part in enumerate(parts)
            ),
            re.DOTALL,
        )

    def read(self, text: str) -> dict[str, str] | None:
        """Return the facts of a text made with this template; None if it is another text."""
        match = self._pattern.fullmatch(text)
        return match.groupdict() if match else None
