"""A wrong log-in is refused after the same work, so that its time tells nothing ..."""

import pytest
from django.contrib.auth import hashers

from crm.tenancy.models import Credential
from crm.tenancy.operations import log_in
from tests.builders import make_credential, make_staff
from tests.crm.callers import basic_auth

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.crm.v2_door")]

URL = "/v2/notes"


@pytest.fixture
def key():
    return make_credential(kind=Credential.Kind.OAUTH, login="app-key")


def generate(client, **body):
    return client.post("/v3/oauth/token/generate", body, content_type="application/json")


@pytest.fixture
def hasher_runs(monkeypatch):
    """Counts every run of the hasher, to check a secret or to make a hash."""
    runs = []
    encode = hashers.MD5PasswordHasher.encode

    def counted(self, password, salt):
        runs.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
    log_in._make_dummy_hash.cache_clear()
    return runs


def count_runs(hasher_runs, attempt):
    hasher_runs.clear()
    attempt()
    return len(hasher_runs)


def disable(row):
    row.is_active = False
    row.save()
    return row


@pytest.mark.parametrize("secret", ["wrong", "f" * 32])
def test_is_refused_after_the_same_work_whoever_asks(client, hasher_runs, key, secret):
    made = [
        make_credential(),
        disable(make_credential()),
        disable(make_credential(kind=Credential.Kind.OAUTH, login="old-key")),
    ]
    inactive_store = make_credential()
    disable(inactive_store.entity)
    logins = ["nobody", *(credential.login for credential in made), inactive_store.login]
    attempts = [lambda name=name: client.get(URL, **basic_auth(name, secret)) for name in logins]
    attempts += [
        lambda name=name: generate(client, key=name, secret=secret)
        for name in ("nobody", key.login, "old-key")
    ]
    count_runs(hasher_runs, attempts[0])

    assert {count_runs(hasher_runs, attempt) for attempt in attempts} == {
        2 if len(secret) == 32 else 1
    }


@pytest.mark.parametrize("login", ["nobody", "known"])
def test_is_refused_after_the_same_work_when_the_process_is_new(client, hasher_runs, login):
    make_credential(login="known")

    assert count_runs(hasher_runs, lambda: client.get(URL, **basic_auth(login, "wrong"))) == 2


@pytest.mark.urls("crm.urls")
@pytest.mark.parametrize("guarded_by_axes", [True, False])
def test_is_refused_as_staff_after_the_same_work_whoever_asks(
    client, hasher_runs, settings, guarded_by_axes
):
    settings.AXES_ENABLED = guarded_by_axes
    make_staff(username="known")
    disable(make_staff(username="left"))
    make_staff(username="unstaffed", is_staff=False)
    without_password = make_staff(username="no-password")
    without_password.set_unusable_password()
    without_password.save()

    def attempt(username):
        form = {"username": username, "password": "wrong-secret-1"}
        assert client.post("/admin/login/", form).status_code == 200

    usernames = ["nobody", "known", "left", "unstaffed", "no-password", "KNOWN"]

    assert {count_runs(hasher_runs, lambda name=name: attempt(name)) for name in usernames} == {1}
