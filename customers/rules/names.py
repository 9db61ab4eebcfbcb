"""Names of people as they are kept."""

import re
import unicodedata

from customers.rules.text import is_writable

LONGEST_NAME = 100

_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Invisible marks that turn the text after them around: in a list of customers they would let
# one name disguise another. Joiners stay, Indic and Persian names need them.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")


def clean_name(raw: object) -> str | None:
    """Trim, put one space between words and drop control characters.

    Nothing given is the empty name. None: not a name, because it is no text, is longer than
    ``LONGEST_NAME``, or holds what cannot be stored (NUL, half a character).
    """
    if raw is None:
        return ""
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**LONGEST_NAME:
        raw = str(raw)
    if not isinstance(raw, str) or len(raw) > 10 * LONGEST_NAME:
        return None
    name = raw if raw.isascii() and raw.isprintable() else _without_marks(raw)
    if name is None:
        return None
    name = " ".join(name.split())
    return name if len(name) <= LONGEST_NAME else None


def _without_marks(raw: str) -> str | None:
    # Tabs and line breaks become spaces before control characters go, so words stay apart.
    name = _TURNING.sub("", _CONTROL.sub("", " ".join(raw.split())))
    return unicodedata.normalize("NFC", name) if is_writable(name) else None
