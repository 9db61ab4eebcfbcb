"""E-mail addresses in the form in which they are compared and stored."""

import re

from crm.kernel.text import unify

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


def normalise_email(text: str) -> str | None:
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
