"""Bring text that means the same into one form."""

import re
import unicodedata

# The last code point: no folded text sorts after ``prefix + LAST``.
LAST = "\U0010ffff"

# What shows nothing (Unicode's property Default_Ignorable_Code_Point): joiners, marks of direction,
# soft hyphens, variation selectors. Text copied from pages and documents carries them along.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Letters that no decomposition turns into the ones that people type instead.
_LETTERS = {
    "\u00e6": "ae",
    "\u0153": "oe",
    "\u00f8": "o",
    "\u0142": "l",
    "\u0111": "d",
    "\u0256": "d",
    "\u00f0": "d",
    "\u0127": "h",
    "\u0131": "i",
    "\u00df": "ss",
    "\u00fe": "th",
    "\u014b": "n",
    "\u0167": "t",
    "\u0138": "k",
    "\u0180": "b",
    "\u0253": "b",
    "\u0257": "d",
    "\u0199": "k",
    "\u01b4": "y",
    "\u01b6": "z",
    "\u0268": "i",
    "\u0259": "e",
}
_APOSTROPHES = (
    "`\u00b4\u1ffd\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u2018\u2019\u201b\u2032\u2035\ua78c"
)
_HYPHENS = "\u02d7\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212"
_SIGNS = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_HYPHENS, "-"))
_LETTERS_AND_SIGNS = str.maketrans(_LETTERS) | _SIGNS


def unify(text: str) -> str:
    """Return the text in compatibility form (NFKC), without what shows nothing.

    Two values that look the same become one, whatever the width of their letters or the marks that
    a page put between them. Accents alone stay as they are: in compatibility form they would stand
    on a space. Unifying is idempotent.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", "".join(map(_decompose, _INVISIBLE.sub("", text))))


def fold(text: str) -> str:
    """Return the unified text as people type it, to find it by.

    Case, accents, the shape of apostrophes and hyphens, and spaces do not matter; letters such as
    \u0142, \u00f8 and \u00df become those of a plain keyboard. Folding is idempotent, so stored
    text and search text may both be folded.
    """
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    composed = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text).translate(_SIGNS))
    decomposed = unicodedata.normalize("NFKD", composed.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    plain = bare.translate(_LETTERS_AND_SIGNS)
    return " ".join(unicodedata.normalize("NFKC", plain).casefold().split())


def _decompose(letter: str) -> str:
    decomposed = unicodedata.normalize("NFKD", letter)
    return letter if len(decomposed) > 1 and decomposed[0] == " " else decomposed
