"""Create, change, disable and enable credentials.

The callers record the audit events, because tenancy is below the audit in the layers.
"""

from collections.abc import Iterable

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import F

from crm.kernel.text import unify
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.errors import (
    CredentialUnknown,
    EntityUnknown,
    LogInInvalid,
    LogInTaken,
    ScopeUnknown,
    SecretTooShort,
)
from crm.tenancy.models import Credential, OrgEntity, Scope
from crm.tenancy.origin import Origin
from crm.tenancy.rules.secrets import MIN_SECRET_LENGTH, digest_password

MAX_LOGIN_LENGTH = 100


@within_unit_of_work
def create_credential(
    *, origin: Origin, entity_id: int, kind: str, login: str, secret: str, scopes: Iterable[str]
) -> Credential:
    """Create a credential for an entity; the secret is stored as hasher(md5(secret)).

    Raises:
        EntityUnknown: the organization has no such entity.
        LogInInvalid: the log-in is empty, too long, or holds a colon or control characters.
        LogInTaken: another credential of this kind, in any organization, has the log-in.
        ScopeUnknown: a scope does not exist.
        SecretTooShort: the secret is too short.
    """
    entity = OrgEntity.objects.filter(pk=entity_id, org=origin.org).first()
    if entity is None:
        raise EntityUnknown()
    login = unify(login)
    # In Basic authentication the name ends at the first colon.
    if not login.isprintable() or not 0 < len(login) <= MAX_LOGIN_LENGTH or ":" in login:
        raise LogInInvalid()
    scopes = sorted(set(scopes))
    for scope in scopes:
        if scope not in Scope.values:
            raise ScopeUnknown(scope=scope)
    try:
        with transaction.atomic():
            return Credential.objects.create(
                org=origin.org,
                entity=entity,
                kind=kind,
                login=login,
                secret=_hash_secret(secret),
                scopes=scopes,
            )
    except IntegrityError as error:
        raise LogInTaken() from error


@within_unit_of_work
def change_secret(*, origin: Origin, credential_id: int, secret: str) -> None:
    """Change the secret; cached log-ins and tokens of the old one are revoked at once.

    Raises:
        CredentialUnknown: the organization has no such credential.
        SecretTooShort: the secret is too short.
    """
    _update_credential(origin, credential_id, secret=_hash_secret(secret))


@within_unit_of_work
def disable_credential(*, origin: Origin, credential_id: int) -> None:
    """Disable a credential and revoke its tokens.

    Raises:
        CredentialUnknown: the organization has no such credential.
    """
    _update_credential(origin, credential_id, is_active=False)


@within_unit_of_work
def enable_credential(*, origin: Origin, credential_id: int) -> None:
    """Enable a credential again with its secret; earlier tokens stay revoked.

    Raises:
        CredentialUnknown: the organization has no such credential.
    """
    _update_credential(origin, credential_id, is_active=True)


def _hash_secret(secret: str) -> str:
    if len(secret) < MIN_SECRET_LENGTH:
        raise SecretTooShort(shortest=MIN_SECRET_LENGTH)
    return make_password(digest_password(secret))


def _update_credential(origin: Origin, credential_id: int, **new_values: object) -> None:
    changed = Credential.objects.filter(pk=credential_id, org=origin.org).update(
        generation=F("generation") + 1, **new_values
    )
    if not changed:
        raise CredentialUnknown()
