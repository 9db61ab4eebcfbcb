"""Identifiers and channels: their types, and one spelling for each value."""

import re
import unicodedata

from customers.rules.mobiles import normalise_mobile
from customers.rules.text import is_writable

IDENTIFIER_TYPES = (
    "mobile",
    "email",
    "externalId",
    "wechat",
    "martjackId",
    "fbId",
    "facebook",
    "tmall_uname",
    "cuid",
    "ali_uname",
    "jd_uname",
    "vip_uname",
    "line",
    "mobilePush",
    "unionId",
    "cardnumber",
    "cardExternalId",
)
CHANNEL_TYPES = (
    "mobile",
    "email",
    "wechat",
    "whatsapp",
    "ios",
    "android",
    "line",
    "mobilePush",
)
LONGEST_VALUE = 255

_TYPE_BY_SPELLING = {name.lower(): name for name in IDENTIFIER_TYPES} | {
    "card": "cardnumber",
    "external_id": "externalId",
}
_CHANNEL_BY_SPELLING = {name.lower(): name for name in CHANNEL_TYPES}

# Longer whole numbers are nobody's identifier, and Python refuses to print the longest.
_NUMBER_LIMIT = 10**30
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

_LONGEST_EMAIL = 254
_BEYOND_ASCII = "\u00a1-\U0010ffff"
_LOCAL = rf"[-!#$%&'*+/=?^_`{{|}}~0-9a-z{_BEYOND_ASCII}]+"
_LABEL = rf"[0-9a-z{_BEYOND_ASCII}](?:[-0-9a-z{_BEYOND_ASCII}]{{0,61}}[0-9a-z{_BEYOND_ASCII}])?"
_EMAIL = re.compile(
    rf"(?=[^@]{{1,64}}@){_LOCAL}(?:\.{_LOCAL})*@(?:{_LABEL}\.)+"
    rf"(?:xn--[-0-9a-z]{{1,59}}|[a-z{_BEYOND_ASCII}]{{2,63}})"
)


def canonical_type(raw: str) -> str | None:
    """Return the wire name of an identifier type in any case or older spelling."""
    return _TYPE_BY_SPELLING.get(raw.strip().lower())


def canonical_channel(raw: str) -> str | None:
    """Return the wire name of a channel type in any case."""
    return _CHANNEL_BY_SPELLING.get(raw.strip().lower())


def normalise_identifier(
    identifier_type: str, raw: object, *, default_country: str, strict_mobile: bool
) -> str | None:
    """Return the one spelling under which this value is compared and stored.

    A whole number counts as its digits. None: no value of this type, because it is empty,
    unreadable, too long, or holds control characters.

    A stored mobile is international: give it back with a plus sign, since a foreign number
    without one may also be a number of ``default_country``.
    """
    text = _text_of(raw)
    if text is None:
        return None
    if identifier_type == "mobile":
        return normalise_mobile(text, default_country=default_country, strict=strict_mobile)
    if identifier_type == "email":
        return _normalise_email(text)
    return _normalise_text(text)


def _text_of(raw: object) -> str | None:
    if isinstance(raw, str):
        return raw
    # True is an int to Python and nobody's identifier to us.
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < _NUMBER_LIMIT:
        return str(raw)
    return None


def _normalise_email(text: str) -> str | None:
    """Trim, lower-case and check; case is ignored before the @ too, as tills type it both ways."""
    if len(text) > 2 * _LONGEST_EMAIL:
        return None
    email = text.strip()
    if not email.isascii():
        email = unicodedata.normalize("NFC", email)
    email = email.lower()
    if not email.isascii():
        email = unicodedata.normalize("NFC", email)
    if len(email) > _LONGEST_EMAIL or not email.isprintable() or not _EMAIL.fullmatch(email):
        return None
    return email


def _normalise_text(text: str) -> str | None:
    if len(text) > 4 * LONGEST_VALUE:
        return None
    value = text.strip()
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    if not value or len(value) > LONGEST_VALUE:
        return None
    if not value.isprintable() and (_CONTROL.search(value) or not is_writable(value)):
        return None
    return value
