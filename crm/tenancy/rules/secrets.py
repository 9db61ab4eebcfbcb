"""What a secret looks like, before any hasher sees it."""

import hashlib
import re
import secrets

SHORTEST = 8
_MD5_HEX = re.compile(r"[0-9a-fA-F]{32}")


def digest(password: str) -> str:
    """Return the MD5 in hex: what tills send in place of a password, by the reference."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def possible_digests(given: str) -> list[str]:
    """List what a given secret may stand for: itself when it is a digest already, else its own.

    A password may look like a digest, so both are tried then.
    """
    if _MD5_HEX.fullmatch(given):
        return [given.lower(), digest(given)]
    return [digest(given)]


def make_secret() -> str:
    """Return a secret nobody can guess, of letters that every keyboard and header takes."""
    return secrets.token_urlsafe(24)
