"""The signed tokens that stand in for a log-in for a while."""

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from crm.tenancy.errors import CredentialRefused
from crm.tenancy.models import Credential
from crm.tenancy.queries.credentials import find_credential_by_id

MAX_TOKEN_LENGTH = 2048  # characters; ours have some 300


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


def read_token(text: str) -> Credential:
    """Return the active log-in that the token names.

    Raises:
        CredentialRefused: the token is not ours, has run out, or its log-in changed.
    """
    if not text.isascii() or len(text) > MAX_TOKEN_LENGTH:
        raise CredentialRefused()
    try:
        token = CallerToken(text)  # type: ignore[arg-type]
    except (TokenError, RecursionError, ValueError, TypeError) as error:
        # The last three are what hostile headers inside a token bring up, before any signature
        # is looked at.
        raise CredentialRefused() from error
    credential_id = token.get("credential")
    credential = find_credential_by_id(credential_id) if isinstance(credential_id, int) else None
    if credential is None or credential.generation != token.get("generation"):
        raise CredentialRefused()
    return credential
