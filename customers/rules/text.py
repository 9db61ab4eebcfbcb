"""Which text can be kept at all, and how names are compared."""

import re
import unicodedata

# NUL cannot be stored by PostgreSQL, lone surrogates cannot be encoded, and XML has no way to
# write the others; a value that holds one could be saved once and then never be shown.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_writable(text: str) -> bool:
    """Tell whether every store and both dialects can hold this text."""
    return text.isprintable() or _UNWRITABLE.search(text) is None


def shown(text: str, limit: int = 100) -> str:
    """Make hostile text fit to be quoted in a message: short, and without unwritable characters."""
    return _UNWRITABLE.sub("?", text[:limit])


def folded(text: str) -> str:
    """Fold a name for comparison: trimmed, composed, case ignored."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip()
