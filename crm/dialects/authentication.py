"""Authentication: Basic for tills, tokens for applications."""

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
    """The credential and entity behind a request, as ``request.user``."""

    __slots__ = ("credential", "entity", "org", "scopes")

    is_authenticated = True

    def __init__(self, credential: Credential) -> None:
        self.credential = credential
        self.org: Organization = credential.org
        self.entity: OrgEntity = credential.entity
        self.scopes = frozenset(credential.scopes)

    @property
    def pk(self) -> str:
        """Return the login, which identifies the caller in logs."""
        return self.credential.login


class CredentialAuthentication(BaseAuthentication):
    """Authenticates by token if there is one, else by Basic.

    Takes one query, and no slow hash for a recently verified credential.

    Raises:
        CredentialRefused: the credential is unknown, inactive or wrong.
        LogInGuessed: there were too many failed attempts.
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
    """Return the address of the caller, behind our own proxies (NUM_PROXIES)."""
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
        # Older clients send Latin-1, which decodes any bytes.
        credentials = decoded.decode("latin-1")
    login, colon, secret = credentials.partition(":")
    if not colon:
        raise CredentialRefused()
    return login, secret
