"""External ids of companies."""

from customers import errors
from customers.rules.text import is_writable

MAX_LENGTH = 100


def clean_external_id(raw: object) -> str:
    """Return the company id as trimmed text; a whole number becomes its digits.

    Raises:
        CompanyInvalid: the id is empty, too long, or contains characters that cannot be stored.
    """
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise errors.CompanyInvalid()
    text = str(raw).strip()
    if not 0 < len(text) <= MAX_LENGTH or not is_writable(text):
        raise errors.CompanyInvalid()
    return text
