"""An entity of the organization ..."""

import hashlib

import pytest

from crm.kernel.transactions import unit_of_work
from crm.tenancy.errors import (
    CredentialUnknown,
    EntityUnknown,
    LogInInvalid,
    LogInTaken,
    ScopeUnknown,
    SecretTooShort,
)
from crm.tenancy.models import Credential, Scope
from crm.tenancy.operations.credentials import (
    change_secret,
    create_credential,
    disable_credential,
    enable_credential,
)
from tests.builders import PASSWORD, make_credential, make_organization, make_origin, make_till

pytestmark = pytest.mark.django_db


def created(**changes):
    till = changes.pop("entity", None) or make_till()
    return unit_of_work(create_credential)(
        origin=make_origin(till.org),
        **{
            "entity_id": till.pk,
            "kind": Credential.Kind.BASIC,
            "login": till.code,
            "secret": PASSWORD,
            "scopes": [Scope.CUSTOMERS_READ],
            **changes,
        },
    )


def test_gets_a_log_in_whose_secret_is_hashed():
    credential = created()

    assert PASSWORD not in credential.secret
    assert hashlib.md5(PASSWORD.encode()).hexdigest() not in credential.secret
    assert credential.scopes == ["customers.read"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"entity_id": 2**40}, EntityUnknown()),
        ({"login": "a:b"}, LogInInvalid()),
        ({"login": "a\0"}, LogInInvalid()),
        ({"login": ""}, LogInInvalid()),
        ({"scopes": ["everything"]}, ScopeUnknown(scope="everything")),
        ({"secret": "short"}, SecretTooShort(shortest=8)),
    ],
)
def test_gets_no_log_in_that_could_not_work(changes, refusal):
    with pytest.raises(type(refusal)) as raised:
        created(**changes)

    assert raised.value == refusal
    assert not Credential.objects.exists()


def test_gets_no_log_in_that_somebody_has():
    taken = make_credential()

    with pytest.raises(LogInTaken):
        created(login=taken.login)


def test_cannot_change_another_organizations_log_in():
    till = make_credential()
    strange = make_origin(make_organization())

    for change in (disable_credential, enable_credential):
        with pytest.raises(CredentialUnknown):
            unit_of_work(change)(origin=strange, credential_id=till.pk)
    with pytest.raises(CredentialUnknown):
        unit_of_work(change_secret)(origin=strange, credential_id=till.pk, secret="new-secret-1")

    till.refresh_from_db()
    assert (till.is_active, till.generation) == (True, 1)


def test_gets_the_secret_hashed_slowly(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]

    assert created().secret.startswith("pbkdf2_sha256$")
