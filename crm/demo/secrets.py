"""The demo's log-ins: printed in the README, and good for nothing else."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from crm.tenancy.rules.secrets import digest_password

TILL_PASSWORD = "demo-till-1"  # noqa: S105
OAUTH_KEY, OAUTH_SECRET = "demo-key", "demo-secret"
STAFF_PASSWORD = "demo-staff-1"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Hashed:
    """What is stored of each."""

    till: str
    oauth: str
    staff: str


def hash_secrets() -> Hashed:
    """Hash each password once, for all who share it.

    Hashing is slow on purpose, and every request waits while the demo is being filled: call this
    before the unit begins.
    """
    return Hashed(
        till=make_password(digest_password(TILL_PASSWORD)),
        oauth=make_password(digest_password(OAUTH_SECRET)),
        staff=make_password(STAFF_PASSWORD),
    )
