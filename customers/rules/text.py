"""Which text can be stored, how names are compared, and reasons that staff give for a change."""

import re

from crm.kernel.text import unify
from customers import errors

MAX_REASON_LENGTH = 255
# PostgreSQL cannot store NUL, lone surrogates cannot be encoded, and XML cannot contain the
# others. A value with one of them could be saved but never shown.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_writable(text: str) -> bool:
    """Return whether both databases and both dialects can represent this text."""
    return text.isprintable() or _UNWRITABLE.search(text) is None


def sanitize(text: str, limit: int = 100) -> str:
    """Return the text safe to quote in a message: shortened, without unwritable characters."""
    return _UNWRITABLE.sub("?", text[:limit])


def fold_name(text: str) -> str:
    """Fold the name of a setting for comparison: unified, without case, trimmed."""
    return unify(unify(text).casefold()).strip()


def clean_reason(raw: str | None) -> str:
    """Return the trimmed reason, blank for None.

    Raises:
        ReasonInvalid: the reason is too long or cannot be stored.
    """
    reason = (raw or "").strip()
    if len(reason) > MAX_REASON_LENGTH or not is_writable(reason):
        raise errors.ReasonInvalid(longest=MAX_REASON_LENGTH)
    return reason
