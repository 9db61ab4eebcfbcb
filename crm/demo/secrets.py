"""The demo's passwords and keys. They are public: the README prints them."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from crm.tenancy.rules.secrets import digest_password

TILL_PASSWORD = "demo-till-1"  # noqa: S105
OAUTH_KEY, OAUTH_SECRET = "demo-key", "demo-secret"
STAFF_PASSWORD = "demo-staff-1"  # noqa: S105


@dataclass(frozen=True, slots=True)
class HashedSecrets:
    """The hash of each secret, as the database stores it."""

    till: str
    oauth: str
    staff: str


def hash_secrets() -> HashedSecrets:
    """Hash each secret once, for all the log-ins that share it.

    Hashing is slow on purpose, and requests wait while the demo is filled: call this before the
    unit of work begins.
    """
    return HashedSecrets(
        till=make_password(digest_password(TILL_PASSWORD)),
        oauth=make_password(digest_password(OAUTH_SECRET)),
        staff=make_password(STAFF_PASSWORD),
    )
