"""Who calls ..."""

import base64
import hashlib
import time
from datetime import timedelta

import pytest
from django.contrib.auth import hashers
from django.core.cache import cache

from crm.dialects.tokens import CallerToken
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import Credential
from crm.tenancy.operations import log_in
from crm.tenancy.operations.credentials import (
    change_secret,
    disable_credential,
    enable_credential,
)
from tests.builders import PASSWORD, make_credential, make_origin, make_till
from tests.crm.callers import basic_auth

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.crm.v2_door")]

URL = "/v2/notes"
JSON = "application/json"
REFUSED = {
    "errors": [
        {"status": False, "code": 401, "message": "The log-in is unknown or its secret is wrong."}
    ],
    "warnings": [],
}


@pytest.fixture
def hashed(monkeypatch):
    """Counts the slow checks of a secret."""
    checks = []
    verify = hashers.MD5PasswordHasher.verify

    def counted(self, password, encoded):
        checks.append(password)
        return verify(self, password, encoded)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "verify", counted)
    return checks


@pytest.fixture
def key():
    return make_credential(kind=Credential.Kind.OAUTH, login="app-key")


def generate(client, **body):
    return client.post("/v3/oauth/token/generate", body, content_type=JSON)


def read_token(client, key):
    return generate(client, key=key.login, secret=PASSWORD).json()["data"]["accessToken"]


def is_let_in(client, **headers):
    answer = client.get(URL, **headers)
    if answer.status_code == 401:
        assert answer.json() == REFUSED
        assert answer["WWW-Authenticate"] == 'Basic realm="API", charset="UTF-8"'
        return False
    assert answer.status_code == 200
    return True


def test_may_give_the_password_or_its_md5(client):
    till = make_credential()
    md5 = hashlib.md5(PASSWORD.encode()).hexdigest()

    assert is_let_in(client, **basic_auth(till.login, PASSWORD))
    assert is_let_in(client, **basic_auth(till.login, md5))
    assert is_let_in(client, **basic_auth(till.login, md5.upper()))


def test_may_have_a_password_that_looks_like_an_md5(client):
    till = make_credential(password="0" * 32)

    assert is_let_in(client, **basic_auth(till.login, "0" * 32))


def test_may_have_a_password_with_colons_and_letters_of_any_alphabet(client):
    till = make_credential(password="pä:ß:日本")

    assert is_let_in(client, **basic_auth(till.login, "pä:ß:日本"))


def test_is_hashed_once_and_then_remembered(client, hashed):
    till = make_credential()

    for _ in range(5):
        assert is_let_in(client, **basic_auth(till.login))

    assert len(hashed) == 1


def test_is_not_looked_up_in_the_shared_cache_by_each_request(client, monkeypatch):
    till = make_credential()
    for _ in range(2):
        assert is_let_in(client, **basic_auth(till.login))
    cache_reads = []
    monkeypatch.setattr(log_in.cache, "get", lambda *key: cache_reads.append(key))

    assert is_let_in(client, **basic_auth(till.login))

    assert cache_reads == []


def test_is_hashed_again_when_nobody_remembers(client, hashed, monkeypatch):
    till = make_credential()
    for _ in range(2):
        assert is_let_in(client, **basic_auth(till.login))
    cache.clear()
    later = time.monotonic() + log_in.PROCESS_CACHE_SECONDS
    monkeypatch.setattr("crm.tenancy.operations.log_in.time.monotonic", lambda: later)

    assert is_let_in(client, **basic_auth(till.login))

    assert len(hashed) == 2


def test_is_refused_with_a_wrong_secret_also_while_the_right_one_is_remembered(client):
    till = make_credential()
    assert is_let_in(client, **basic_auth(till.login))

    assert not is_let_in(client, **basic_auth(till.login, "wrong"))


def test_costs_as_many_hashes_when_unknown(client, hashed):
    till = make_credential()

    for secret in ("wrong", "f" * 32):
        hashed.clear()
        client.get(URL, **basic_auth(till.login, secret))
        known = len(hashed)
        hashed.clear()
        client.get(URL, **basic_auth("nobody", secret))
        assert len(hashed) == known > 0


def raw(value):
    return {"HTTP_AUTHORIZATION": value}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic a",
        "Basic YQ",
        "Bearer abc",
        "Basic " + base64.b64encode(b"nocolon").decode(),
        "Basic " + base64.b64encode(b":").decode(),
        "Basic " + base64.b64encode(b"a\0b:c\0d").decode(),
        "Basic " + base64.b64encode(b"till:a\0b").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + base64.b64encode(b"\xed\xa0\x80:x").decode(),
        "Basic " + base64.b64encode(b"a" * 5000 + b":b").decode(),
        "Basic " + base64.b64encode(b"a:" + b"b" * 5000).decode(),
        "Basic Grüße",
        "Basic \0",
    ],
)
def test_is_refused_with_a_header_that_makes_no_sense(client, value):
    make_credential(make_till(code="till"))

    assert not is_let_in(client, **raw(value))


def test_is_refused_without_any_header(client):
    assert not is_let_in(client)


@pytest.mark.parametrize("switched_off", ["credential", "entity", "org"])
def test_is_refused_at_once_when_inactive(client, switched_off):
    till = make_credential()
    assert is_let_in(client, **basic_auth(till.login))
    row = till if switched_off == "credential" else getattr(till, switched_off)

    row.is_active = False
    row.save()

    assert not is_let_in(client, **basic_auth(till.login))


def test_is_refused_by_basic_with_an_oauth_key(client, key):
    assert not is_let_in(client, **basic_auth(key.login))


def test_is_asked_to_wait_after_ten_wrong_secrets(client, monkeypatch):
    monkeypatch.setattr("crm.tenancy.operations.log_in.time.time", lambda: 120.0)
    till, other = make_credential(), make_credential()

    for _ in range(10):
        assert not is_let_in(client, **basic_auth(till.login, "wrong"))
    answer = client.get(URL, **basic_auth(till.login))

    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert answer.json()["errors"] == [
        {
            "status": False,
            "code": 429,
            "message": "Too many wrong log-ins; try again in 60 seconds.",
        }
    ]
    assert is_let_in(client, **basic_auth(other.login))
    assert is_let_in(client, REMOTE_ADDR="10.0.0.9", **basic_auth(till.login))


def test_is_let_in_while_remembered_although_a_neighbour_guesses(client):
    till = make_credential()
    assert is_let_in(client, **basic_auth(till.login))

    # More than the limit, as a minute may end in between.
    guesses = (client.get(URL, **basic_auth(f"guess-{n}", "wrong")).status_code for n in range(250))
    assert 429 in guesses
    assert is_let_in(client, **basic_auth(till.login))


def test_is_forgotten_when_the_secret_changes(client):
    till = make_credential()
    origin = make_origin(till.org)
    assert is_let_in(client, **basic_auth(till.login))

    unit_of_work(change_secret)(origin=origin, credential_id=till.pk, secret="new-secret-1")

    assert not is_let_in(client, **basic_auth(till.login))
    assert is_let_in(client, **basic_auth(till.login, "new-secret-1"))


def test_is_forgotten_when_disabled_and_let_in_again_when_enabled(client):
    till = make_credential()
    origin = make_origin(till.org)
    assert is_let_in(client, **basic_auth(till.login))

    unit_of_work(disable_credential)(origin=origin, credential_id=till.pk)
    assert not is_let_in(client, **basic_auth(till.login))
    unit_of_work(enable_credential)(origin=origin, credential_id=till.pk)

    assert is_let_in(client, **basic_auth(till.login))


def test_trades_a_key_for_a_token(client, key, django_assert_num_queries):
    answer = generate(client, key=key.login, secret=PASSWORD)

    assert answer.status_code == 200
    body = answer.json()
    assert body == {
        "data": {"accessToken": body["data"]["accessToken"], "ttlSeconds": 3600},
        "errors": None,
    }
    token = body["data"]["accessToken"]
    assert is_let_in(client, HTTP_X_CAP_API_OAUTH_TOKEN=token)
    with django_assert_num_queries(1):
        client.get(URL, HTTP_X_CAP_API_OAUTH_TOKEN=token)


def test_gets_no_token_for_a_wrong_secret(client, key):
    answer = generate(client, key=key.login, secret="wrong")

    assert answer.status_code == 401
    assert answer.json() == {"data": None, "errors": REFUSED["errors"]}
    assert answer["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"key": [], "secret": {}}, 400), ({"key": "a\0", "secret": "b"}, 400)],
)
def test_gets_no_token_for_a_body_that_lacks_something(client, body, status):
    answer = generate(client, **body)

    assert answer.status_code == status
    assert answer.json()["data"] is None
    assert answer.json()["errors"][0]["code"] == status


def test_gets_a_token_only_with_an_oauth_key(client):
    till = make_credential()

    assert generate(client, key=till.login, secret=PASSWORD).status_code == 401


def test_loses_the_token_when_the_secret_changes(client, key):
    token = read_token(client, key)

    unit_of_work(change_secret)(
        origin=make_origin(key.org), credential_id=key.pk, secret="new-secret-1"
    )

    assert not is_let_in(client, HTTP_X_CAP_API_OAUTH_TOKEN=token)


def test_loses_the_token_when_its_time_is_over(client, key):
    token = CallerToken()
    token["credential"], token["generation"] = key.pk, key.generation
    assert is_let_in(client, HTTP_X_CAP_API_OAUTH_TOKEN=str(token))

    token.set_exp(lifetime=timedelta(seconds=-1))

    assert not is_let_in(client, HTTP_X_CAP_API_OAUTH_TOKEN=str(token))


def part(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_is_refused_with_a_token_that_is_not_ours(client, key, settings):
    ours = read_token(client, key)
    head, claims, signed = ours.split(".")
    nested = part("[" * 1400 + "]" * 1400)
    strange = CallerToken()
    strange["credential"], strange["generation"] = "x\0", None
    tokens = [
        "",
        ".",
        "..",
        "a.b.c",
        "é",
        "\0",
        f"{head}.{claims}.",
        f"{head}.{claims}.{signed[::-1]}",
        part('{"alg": "none"}') + f".{claims}.",
        part('{"alg": 1}') + f".{claims}.{signed}",
        f"{nested}.{claims}.{signed}",
        part("null") + f".{claims}.{signed}",
        f"{head}.{nested}.{signed}",
        "x" * 5000,
        str(strange),
    ]

    assert [is_let_in(client, HTTP_X_CAP_API_OAUTH_TOKEN=token) for token in tokens] == [
        False
    ] * len(tokens)


def test_is_never_let_in_by_what_the_cache_says_of_another(client):
    first, second = make_credential(), make_credential(password="other-secret-1")
    assert is_let_in(client, **basic_auth(first.login))

    assert not is_let_in(client, **basic_auth(second.login))
