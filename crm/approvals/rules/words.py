"""Texts that makers and checkers give."""

from typing import Any

from crm.approvals import errors
from customers.rules.text import is_writable

LONGEST_REASON, LONGEST_COMMENT = 255, 1000


def clean_text(raw: Any, field: str, longest: int) -> str:
    """A text, trimmed; blank where there is none.

    Raises:
        ValueTooLong: it cannot be kept whole.
    """
    if raw is None:
        return ""
    text = str(raw).strip()
    if len(text) > longest or not is_writable(text):
        raise errors.ValueTooLong(field=field)
    return text
