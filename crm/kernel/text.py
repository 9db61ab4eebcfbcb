"""Folding text so that what people mean as the same compares as the same."""

import unicodedata

# The last code point: no folded text sorts after ``prefix + LAST``.
LAST = "\U0010ffff"


def fold(text: str) -> str:
    """Compatibility form, no case, no accents, single spaces.

    Folding twice changes nothing, so stored and asked-for text may both be folded.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(unicodedata.normalize("NFKC", bare).casefold().split())
