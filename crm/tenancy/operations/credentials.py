"""Giving an entity a log-in, changing its secret, taking it away.

The doors write the audit's events about it: tenancy lies below the audit.
"""

from collections.abc import Iterable

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import F

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
from crm.tenancy.rules.secrets import SHORTEST, digest

LONGEST_LOG_IN = 100


@within_unit_of_work
def create_credential(
    *, origin: Origin, entity_id: int, kind: str, login: str, secret: str, scopes: Iterable[str]
) -> Credential:
    """Let an entity of the organization log in; the secret is kept as hasher(md5(secret)).

    Raises:
        EntityUnknown: the organization has no such entity.
        LogInInvalid: the log-in is empty, too long, or holds a colon or control characters.
        LogInTaken: another credential of this kind has the log-in, maybe elsewhere.
        ScopeUnknown: a scope does not exist.
        SecretTooShort: the secret could be guessed.
    """
    entity = OrgEntity.objects.filter(pk=entity_id, org=origin.org).first()
    if entity is None:
        raise EntityUnknown()
    # Basic ends the name at the first colon.
    if not login.isprintable() or not 0 < len(login) <= LONGEST_LOG_IN or ":" in login:
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
                secret=_hashed(secret),
                scopes=scopes,
            )
    except IntegrityError as taken:
        raise LogInTaken() from taken


@within_unit_of_work
def change_secret(*, origin: Origin, credential_id: int, secret: str) -> None:
    """Give a log-in a new secret; remembered log-ins and tokens of the old one end at once.

    Raises:
        CredentialUnknown: the organization has no such credential.
        SecretTooShort: the secret could be guessed.
    """
    _change(origin, credential_id, secret=_hashed(secret))


@within_unit_of_work
def disable_credential(*, origin: Origin, credential_id: int) -> None:
    """Shut a log-in out, with the tokens it holds.

    Raises:
        CredentialUnknown: the organization has no such credential.
    """
    _change(origin, credential_id, is_active=False)


@within_unit_of_work
def enable_credential(*, origin: Origin, credential_id: int) -> None:
    """Let a log-in in again with its secret; tokens from before stay worthless.

    Raises:
        CredentialUnknown: the organization has no such credential.
    """
    _change(origin, credential_id, is_active=True)


def _hashed(secret: str) -> str:
    if len(secret) < SHORTEST:
        raise SecretTooShort(shortest=SHORTEST)
    return make_password(digest(secret))


def _change(origin: Origin, credential_id: int, **new: object) -> None:
    changed = Credential.objects.filter(pk=credential_id, org=origin.org).update(
        generation=F("generation") + 1, **new
    )
    if not changed:
        raise CredentialUnknown()
