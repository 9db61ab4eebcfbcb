"""Reasons that staff give for a change."""

from customers import errors
from customers.rules.text import is_writable

MAX_LENGTH = 255


def clean_reason(raw: str | None) -> str:
    """Return the trimmed reason, blank for None.

    Raises:
        ReasonInvalid: the reason is too long or cannot be stored.
    """
    reason = (raw or "").strip()
    if len(reason) > MAX_LENGTH or not is_writable(reason):
        raise errors.ReasonInvalid(longest=MAX_LENGTH)
    return reason
