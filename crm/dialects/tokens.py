"""Signed, expiring tokens of credentials."""

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from crm.tenancy.errors import CredentialRefused
from crm.tenancy.models import Credential
from crm.tenancy.queries.credentials import find_credential_by_id

MAX_TOKEN_LENGTH = 2048  # characters; ours have some 300


class CallerToken(Token):
    """Contains a credential's id and secret generation, so that a change of either ends it."""

    token_type = "caller"  # noqa: S105
    lifetime = settings.TOKEN_LIFETIME


def make_token(credential: Credential) -> tuple[str, int]:
    """Return a token for the credential, and its lifetime in seconds."""
    token = CallerToken()
    token["credential"] = credential.pk
    token["generation"] = credential.generation
    return str(token), int(CallerToken.lifetime.total_seconds())


def read_token(text: str) -> Credential:
    """Return the active credential of the token.

    Raises:
        CredentialRefused: the token is invalid or expired, or its credential changed.
    """
    if not text.isascii() or len(text) > MAX_TOKEN_LENGTH:
        raise CredentialRefused()
    try:
        token = CallerToken(text)  # type: ignore[arg-type]
    except (TokenError, RecursionError, ValueError, TypeError) as error:
        # Hostile headers inside a token raise the last three before the signature is checked.
        raise CredentialRefused() from error
    credential_id = token.get("credential")
    credential = find_credential_by_id(credential_id) if isinstance(credential_id, int) else None
    if credential is None or credential.generation != token.get("generation"):
        raise CredentialRefused()
    return credential
