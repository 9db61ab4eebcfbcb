"""Identifiers and channels: their types, and the normalised form of their values."""

import re
from typing import NamedTuple

from crm.kernel.text import unify
from customers.rules.mobiles import normalise_mobile
from customers.rules.text import is_writable

Key = tuple[str, str]  # an identifier's type and normalised value

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
MAX_VALUE_LENGTH = 255

_TYPE_BY_SPELLING = {name.lower(): name for name in IDENTIFIER_TYPES} | {
    "card": "cardnumber",
    "external_id": "externalId",
}
_CHANNEL_BY_SPELLING = {name.lower(): name for name in CHANNEL_TYPES}

# No identifier is longer, and Python refuses to convert huge integers to text.
_NUMBER_LIMIT = 10**30
_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f]")

_MAX_EMAIL_LENGTH = 254
_BEYOND_ASCII = "\u00a1-\U0010ffff"
_LOCAL = rf"[-!#$%&'*+/=?^_`{{|}}~0-9a-z{_BEYOND_ASCII}]+"
_LABEL = rf"[0-9a-z{_BEYOND_ASCII}](?:[-0-9a-z{_BEYOND_ASCII}]{{0,61}}[0-9a-z{_BEYOND_ASCII}])?"
_EMAIL = re.compile(
    rf"(?=[^@]{{1,64}}@){_LOCAL}(?:\.{_LOCAL})*@(?:{_LABEL}\.)+"
    rf"(?:xn--[-0-9a-z]{{1,59}}|[a-z{_BEYOND_ASCII}]{{2,63}}|[{_BEYOND_ASCII}])"
)
_PUNYCODE = "xn--"
# Some keyboards write it between the labels of a domain.
_IDEOGRAPHIC_STOP = "\u3002"


class NormalisedKey(NamedTuple):
    """A ``Key`` among raw identifiers and channels; it is not normalised again."""

    type: str
    value: str


def canonical_type(raw: str) -> str | None:
    """Return the wire name of an identifier type, given in any case or an older spelling."""
    return _TYPE_BY_SPELLING.get(raw.strip().lower())


def canonical_channel(raw: str) -> str | None:
    """Return the wire name of a channel type, given in any case."""
    return _CHANNEL_BY_SPELLING.get(raw.strip().lower())


def normalise_identifier(
    identifier_type: str, raw: object, *, default_country: str, strict_mobile: bool
) -> str | None:
    """Return the normalised value, as it is compared and stored, or None if it is not valid.

    A whole number is read as its digits. Characters that show nothing are dropped, and letters of
    another width or joined ones are the plain ones: they never make a second value. A value is not
    valid if it is empty, too long, cannot be read, or contains control characters.

    A normalised value is normalised already: what is stored and shown means the same when it is
    given back.
    """
    text = _convert_to_text(raw)
    if text is None:
        return None
    if identifier_type == "mobile":
        return normalise_mobile(text, default_country=default_country, strict=strict_mobile)
    if identifier_type == "email":
        return _normalise_email(text)
    return _normalise_text(text)


def restore_plus(value: str) -> str:
    """Return a mobile of a query, trimmed, with the plus that arrived as a blank.

    A plus that is not escaped in a query string means a blank. A blank that stands before no
    international number is one.
    """
    text = value.strip()
    if value[:1] != " " or not text[:1].isdigit():
        return text
    number = f"+{text}"
    return number if normalise_mobile(number, default_country="", strict=True) else text


def _convert_to_text(raw: object) -> str | None:
    if isinstance(raw, str):
        return raw
    # True is an int in Python, but not an identifier.
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < _NUMBER_LIMIT:
        return str(raw)
    return None


def _normalise_email(text: str) -> str | None:
    """Trim, lower-case and check. Case is ignored before the @ too: tills type it both ways.

    A domain is stored in Unicode: in punycode it is the same address.
    """
    if len(text) > 2 * _MAX_EMAIL_LENGTH:
        return None
    email = unify(text).strip().lower()
    if _PUNYCODE in email or not email.isascii():
        email = _decode_domain(unify(email))
    if len(email) > _MAX_EMAIL_LENGTH or not email.isprintable() or not _EMAIL.fullmatch(email):
        return None
    return email


def _decode_domain(email: str) -> str:
    local, at, domain = email.rpartition("@")
    labels = domain.replace(_IDEOGRAPHIC_STOP, ".").split(".")
    return local + at + ".".join(map(_decode_label, labels))


def _decode_label(label: str) -> str:
    """Return the label in Unicode; unchanged where it is not the punycode of any label."""
    if not label.startswith(_PUNYCODE):
        return label
    encoded = label.removeprefix(_PUNYCODE)
    try:
        decoded = encoded.encode("ascii").decode("punycode")
        is_exact = decoded.encode("punycode").decode("ascii") == encoded
    except ValueError:
        return label
    is_label = re.fullmatch(_LABEL, decoded) and _IDEOGRAPHIC_STOP not in decoded
    is_unified = decoded == unify(decoded.lower()) and not decoded.isascii()
    return decoded if is_exact and is_unified and is_label and decoded.isprintable() else label


def _normalise_text(text: str) -> str | None:
    if len(text) > 4 * MAX_VALUE_LENGTH:
        return None
    value = unify(text).strip()
    if not value or len(value) > MAX_VALUE_LENGTH:
        return None
    if not value.isprintable() and (_CONTROL_CHARACTERS.search(value) or not is_writable(value)):
        return None
    return value
