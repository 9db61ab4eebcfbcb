"""Reasons and comments of makers and checkers."""

from typing import Any

from crm.approvals import errors
from customers.rules.text import is_writable

LONGEST_REASON, LONGEST_COMMENT = 255, 1000


def clean_text(raw: Any, field: str, longest: int) -> str:
    """Return the trimmed text, or a blank string for None.

    Raises:
        ValueTooLong: it is longer than ``longest``, or contains characters that cannot be stored.
    """
    if raw is None:
        return ""
    text = str(raw).strip()
    if len(text) > longest or not is_writable(text):
        raise errors.ValueTooLong(field=field)
    return text
