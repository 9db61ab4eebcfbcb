"""Fold text for comparison without case and accents."""

import unicodedata

# The last code point: no folded text sorts after ``prefix + LAST``.
LAST = "\U0010ffff"


def fold(text: str) -> str:
    """Return the text in compatibility form, without case or accents, with single spaces.

    Folding is idempotent, so stored text and search text may both be folded.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(unicodedata.normalize("NFKC", bare).casefold().split())
