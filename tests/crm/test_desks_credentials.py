"""Admin of credentials: secrets are shown once; switching asks for confirmation."""

import re

import pytest

from crm.tenancy.models import Credential
from tests.builders import (
    make_credential,
    make_till,
)
from tests.crm.desk_pages import get_url, list_events
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def _read_secret(answer):
    return re.search(r'<code id="secret">([^<]+)<', answer.content.decode())[1]


def test_a_new_credential_shows_its_secret_once_and_keeps_only_a_hash():
    till = make_till(code="till.9")

    answer = log_in("organization admin").post(
        get_url("tenancy_credential_add"),
        {"entity": till.pk, "kind": "BASIC", "login": "till.9", "scopes": ["customers.read"]},
    )

    secret, credential = _read_secret(answer), Credential.objects.get()
    assert answer["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert (credential.entity, credential.scopes) == (till, ["customers.read"])
    assert secret not in credential.secret
    assert list_events() == [
        (
            "credential.added",
            None,
            {"login": "till.9", "entity": "till.9", "scopes": ["customers.read"]},
        )
    ]


def test_a_log_in_with_a_colon_is_refused_beside_its_field():
    till = make_till()

    answer = log_in().post(
        get_url("tenancy_credential_add"), {"entity": till.pk, "kind": "BASIC", "login": "a:b"}
    )

    assert "must not contain colons" in answer.content.decode()
    assert not Credential.objects.exists()


def test_a_new_secret_is_asked_for_first():
    credential = make_credential()
    client, url = log_in(), get_url("tenancy_credential_new_secret", credential.pk)
    assert "stop working at once" in client.get(url).content.decode()
    assert Credential.objects.get().secret == credential.secret

    answer = client.post(url)

    assert len(_read_secret(answer)) == 24
    assert Credential.objects.get().generation == credential.generation + 1
    assert list_events() == [("credential.secret_changed", None, None)]


def test_a_credential_is_switched_off_and_on():
    credential = make_credential()
    client, url = log_in(), get_url("tenancy_credential_switch", credential.pk)

    client.post(url)
    assert not Credential.objects.get().is_active
    client.post(url)

    assert Credential.objects.get().is_active
    assert [kind for kind, _, _ in list_events()] == [
        "credential.switched_off",
        "credential.switched_on",
    ]
