"""Read row ids from input."""

from typing import Any

LARGEST_ID = 2**63 - 1
MOST_DIGITS = 19


def read_id(raw: Any) -> int | None:
    """Return the id from a number or a string of digits; None if it cannot be an id."""
    if isinstance(raw, bool) or not isinstance(raw, (int, str)):
        return None
    if isinstance(raw, str):
        text = raw.strip()
        if not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS:
            return None
        raw = int(text)
    return raw if 0 < raw <= LARGEST_ID else None
