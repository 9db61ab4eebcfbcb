"""Mark the part of a text that a search matched."""

import re

from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.kernel.text import fold

# Fewer digits begin too many numbers.
FEWEST_DIGITS = 4
_SEPARATORS = re.compile(r"[ ()./+-]*")


def mark_match(text: str, typed: str) -> SafeString:
    """Return the text as HTML, with the first word that begins with what was typed marked.

    Case, accents and the separators of numbers do not matter, as in the search itself; a number
    matches without its country code too.
    """
    typed = typed.removeprefix("#")
    starts = re.finditer(r"\w+", text)
    if len(re.findall(r"\d", typed)) >= FEWEST_DIGITS:
        starts = re.finditer(r"\w", text)
    for start in (match.start() for match in starts):
        if end := _find_end(text, start, typed):
            return format_html("{}<mark>{}</mark>{}", text[:start], text[start:end], text[end:])
    return format_html("{}", text)


def _find_end(text: str, start: int, typed: str) -> int:
    """Return where the match that begins at ``start`` ends; 0 if there is none."""
    folded = fold(typed)
    digits = _SEPARATORS.sub("", folded).lstrip("0")
    for end in range(start + 1, min(len(text), start + 2 * len(folded)) + 1):
        part = fold(text[start:end])
        if part == folded or (digits.isdigit() and _SEPARATORS.sub("", part) == digits):
            return end
    return 0
