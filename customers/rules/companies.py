"""What a company may be called by."""

from customers import errors
from customers.rules.text import is_writable

LONGEST = 100


def clean_external_id(raw: object) -> str:
    """Trim a company's id; a whole number counts as its digits.

    Raises:
        CompanyInvalid: it is empty, too long, or holds what cannot be kept.
    """
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise errors.CompanyInvalid()
    text = str(raw).strip()
    if not 0 < len(text) <= LONGEST or not is_writable(text):
        raise errors.CompanyInvalid()
    return text
