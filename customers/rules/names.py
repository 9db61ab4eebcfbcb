"""Cleaning the names of customers."""

import re
import unicodedata

from customers.rules.text import is_writable

MAX_NAME_LENGTH = 100

_CONTROL_CHARACTERS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Marks that show nothing, or change the direction of text: in a list of customers one name could
# look like another. Joiners stay: Indic and Persian names need them.
_MARKS = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def clean_name(raw: object) -> str | None:
    """Return the name trimmed, with single spaces and without control characters.

    None as input gives the empty name. The result is None if the value is not text, is longer
    than ``MAX_NAME_LENGTH``, or contains characters that cannot be stored.
    """
    if raw is None:
        return ""
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**MAX_NAME_LENGTH:
        raw = str(raw)
    if not isinstance(raw, str) or len(raw) > 10 * MAX_NAME_LENGTH:
        return None
    name = raw if raw.isascii() and raw.isprintable() else _remove_marks(raw)
    if name is None:
        return None
    name = " ".join(name.split())
    return name if len(name) <= MAX_NAME_LENGTH else None


def _remove_marks(raw: str) -> str | None:
    # Tabs and line breaks become spaces first, so that words stay apart.
    name = _MARKS.sub("", _CONTROL_CHARACTERS.sub("", " ".join(raw.split())))
    return unicodedata.normalize("NFC", name) if is_writable(name) else None
