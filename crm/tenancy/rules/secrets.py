"""Secrets and their MD5 digests, before hashing."""

import hashlib
import re
import secrets

MIN_SECRET_LENGTH = 8
_MD5_HEX = re.compile(r"[0-9a-fA-F]{32}")


def digest_password(password: str) -> str:
    """Return the MD5 in hex, which tills may send instead of a password."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def list_possible_digests(secret: str) -> list[str]:
    """Return the digests that a secret may stand for: its own, and itself if it looks like one.

    A password may look like a digest, so both are tried.
    """
    if _MD5_HEX.fullmatch(secret):
        return [secret.lower(), digest_password(secret)]
    return [digest_password(secret)]


def make_secret() -> str:
    """Return a random secret of URL-safe characters."""
    return secrets.token_urlsafe(24)
