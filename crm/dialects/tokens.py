"""The signed tokens that stand in for a log-in for a while."""

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from crm.tenancy.errors import CredentialRefused
from crm.tenancy.models import Credential
from crm.tenancy.queries.credentials import find_credential_by_id

LONGEST = 2048  # characters; ours have some 300


class CallerToken(Token):
    """Names a log-in and the generation of its secret, so that changing either ends it."""

    token_type = "caller"  # noqa: S105
    lifetime = settings.TOKEN_LIFETIME


def make_token(credential: Credential) -> tuple[str, int]:
    """Return a token for the log-in, and for how many seconds it holds."""
    token = CallerToken()
    token["credential"] = credential.pk
    token["generation"] = credential.generation
    return str(token), int(CallerToken.lifetime.total_seconds())


def read_token(said: str) -> Credential:
    """Return the active log-in that the token names.

    Raises:
        CredentialRefused: the token is not ours, has run out, or its log-in changed.
    """
    if not said.isascii() or len(said) > LONGEST:
        raise CredentialRefused()
    try:
        token = CallerToken(said)  # type: ignore[arg-type]
    except (TokenError, RecursionError, ValueError, TypeError) as unreadable:
        # The last three are what hostile headers inside a token bring up, before any signature
        # is looked at.
        raise CredentialRefused() from unreadable
    named = token.get("credential")
    credential = find_credential_by_id(named) if isinstance(named, int) else None
    if credential is None or credential.generation != token.get("generation"):
        raise CredentialRefused()
    return credential
