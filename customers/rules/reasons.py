"""Reasons that people give for what they do."""

from customers import errors
from customers.rules.text import is_writable

LONGEST = 255


def clean_reason(raw: str | None) -> str:
    """Trim a reason; blank where none was given. What cannot be kept whole is refused."""
    reason = (raw or "").strip()
    if len(reason) > LONGEST or not is_writable(reason):
        raise errors.ReasonInvalid(longest=LONGEST)
    return reason
