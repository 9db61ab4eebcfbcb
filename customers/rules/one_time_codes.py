"""One-time codes: six digits, good for ten minutes and five tries, and once."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

LIFETIME = timedelta(minutes=10)
PAUSE = timedelta(minutes=1)  # between two codes for one purpose
MAX_ATTEMPTS = 5
DIGITS = 6

ACTIONS = ("REGISTRATION", "POINTS", "COUPON", "SUBSCRIPTION", "GENERIC", "USERGROUP")
ENTITY_TYPES = ("MOBILE", "EMAIL", "CUSTOMER")


@dataclass(frozen=True, slots=True)
class CodeTarget:
    """Whom a code is sent to, and what for; ``value`` is normalised."""

    type: str
    value: str
    action: str


def draw_code() -> str:
    """Draw a code from a secure random source."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def hash_code(code: str, target: CodeTarget, *, org_id: int, secret: str) -> str:
    """Return what is stored of a code: of no use without the server's secret."""
    message = "\0".join([str(org_id), target.type, target.value, target.action, code])
    return hmac.new(secret.encode(), message.encode(), sha256).hexdigest()


def is_code(raw: object) -> bool:
    """Whether the text could be a code."""
    return isinstance(raw, str) and len(raw) == DIGITS and raw.isascii() and raw.isdecimal()


def is_open(
    *, used_at: datetime | None, expires_at: datetime, failed_attempts: int, now: datetime
) -> bool:
    """Whether a code can still be used."""
    return used_at is None and expires_at > now and failed_attempts < MAX_ATTEMPTS


def fill_template(template: str, code: str) -> str:
    """Return the text of the message; the placeholder is ``{{code}}`` or ``{otp}``, in any case.

    Nothing else of the template is interpreted. Without a placeholder the code is appended.
    """
    for placeholder in ("{{code}}", "{{otp}}", "{code}", "{otp}"):
        start = template.lower().find(placeholder)
        if start >= 0:
            return template[:start] + code + template[start + len(placeholder) :]
    text = template.strip()
    return f"{text} {code}" if text else f"Your code is {code}. It is good for ten minutes."
