"""Who calls: a till by Basic, an application by token."""

import base64
import binascii
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from crm.dialects.headers import get_header
from crm.dialects.tokens import read_token
from crm.tenancy.errors import CredentialRefused
from crm.tenancy.models import Credential, Organization, OrgEntity
from crm.tenancy.operations.log_in import log_in

TOKEN_HEADER = "X-CAP-API-OAUTH-TOKEN"  # noqa: S105
CHALLENGE = 'Basic realm="API", charset="UTF-8"'


class Caller:
    """The log-in behind a request, as ``request.user``."""

    __slots__ = ("credential", "entity", "org", "scopes")

    is_authenticated = True

    def __init__(self, credential: Credential) -> None:
        self.credential = credential
        self.org: Organization = credential.org
        self.entity: OrgEntity = credential.entity
        self.scopes = frozenset(credential.scopes)

    @property
    def pk(self) -> str:
        """What the log calls the caller."""
        return self.credential.login


class CredentialAuthentication(BaseAuthentication):
    """A token when there is one, else Basic; one query, and no slow hash for whom we know.

    Raises:
        CredentialRefused: nobody we let in.
        LogInGuessed: too many wrong ones from there.
    """

    def authenticate(self, request: Request) -> tuple[Caller, Credential]:
        token = get_header(request, TOKEN_HEADER)
        if token is not None:
            credential = read_token(token.strip())
        else:
            login, secret = _read_basic_credentials(request)
            credential = log_in(
                kind=Credential.Kind.BASIC,
                login=login,
                secret=secret,
                address=get_client_address(request),
            )
        return Caller(credential), credential

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def get_client_address(request: Any) -> str:
    """Return the address of the caller, past the proxies that are ours (NUM_PROXIES)."""
    return str(BaseThrottle().get_ident(request))


def _read_basic_credentials(request: Request) -> tuple[str, str]:
    scheme, _, encoded = (get_header(request, "Authorization") or "").strip().partition(" ")
    if scheme.lower() != "basic":
        raise CredentialRefused()
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CredentialRefused() from error
    try:
        credentials = decoded.decode("utf-8")
    except UnicodeDecodeError:
        # Older clients send Latin-1; every byte is a letter there.
        credentials = decoded.decode("latin-1")
    login, colon, secret = credentials.partition(":")
    if not colon:
        raise CredentialRefused()
    return login, secret
