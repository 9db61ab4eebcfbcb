"""While the shared cache is away, requests are slower and none is refused ..."""

import socket

import pytest
from django.core.cache import cache, caches
from django.test import Client

from crm.dialects import throttles
from crm.kernel.org_cache import forget, get_or_load
from crm.kernel.transactions import unit_of_work
from crm.ops import optional_cache
from crm.settings import databases
from crm.tenancy.models import RateLimit
from crm.tenancy.queries.rate_limits import forget_rate_limits
from tests.builders import PASSWORD, make_credential, make_customer, make_organization, make_staff
from tests.crm.callers import basic_auth
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

JSON = "application/json"


@pytest.fixture(params=["redis", "files"])
def away(request, settings, tmp_path, monkeypatch):
    """A Redis at a closed port, or a directory that cannot be written; the cache's class."""
    if request.param == "files":
        place = tmp_path / "a-file"
        place.write_text("")
        config = {"BACKEND": databases.FILE_CACHE, "LOCATION": str(place / "below")}
        settings.CACHES = {"default": databases.make_optional(config)}
        yield optional_cache.OptionalFileCache
    else:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
            monkeypatch.setenv("CACHE_URL", url)
            settings.CACHES = {"default": databases.make_optional(databases.cache())}
            yield optional_cache.OptionalRedisCache


@pytest.fixture(autouse=True)
def _afresh(monkeypatch):
    for kind in (optional_cache.OptionalRedisCache, optional_cache.OptionalFileCache):
        monkeypatch.setattr(kind, "paused_until", 0.0)
    monkeypatch.setattr(throttles, "_counts", {})
    monkeypatch.setattr("crm.tenancy.queries.rate_limits._entries", {})


@pytest.fixture(params=[0.0, optional_cache.PAUSE_SECONDS])
def pause(request, monkeypatch):
    """Ask the cache again at each use, or leave it alone for a moment."""
    monkeypatch.setattr(optional_cache, "PAUSE_SECONDS", request.param)


def test_a_till_is_let_in_and_a_guesser_is_not(client, away, pause):
    till = make_credential()

    statuses = [client.get("/v2/customers/1", **basic_auth(till.login)) for _ in range(3)]
    wrong = [client.get("/v2/customers/1", **basic_auth(till.login, "no")) for _ in range(12)]

    assert {answer.status_code for answer in statuses} == {404}
    assert {answer.status_code for answer in wrong} == {401}


def test_a_limit_is_counted_by_the_process(client, away, pause):
    till = make_credential()
    RateLimit.objects.create(org=till.org, operation="customers.details", calls_per_hour=2)
    RateLimit.objects.create(org=till.org, operation="*", calls_per_hour=3)
    forget_rate_limits(till.org_id)

    statuses = [
        client.get("/v2/customers/1", **basic_auth(till.login)).status_code for _ in range(5)
    ]

    assert statuses[:2] == [404, 404]
    assert statuses[-1] == 429


def test_a_key_is_traded_for_a_token(client, away, pause):
    key = make_credential(kind="OAUTH", login="app-key")

    answer = client.post(
        "/v3/oauth/token/generate", {"key": key.login, "secret": PASSWORD}, content_type=JSON
    )

    assert answer.status_code == 200


def test_v1_1_writes_and_reads(client, away, pause):
    till = make_credential()
    body = {"root": {"customer": [{"mobile": "919010000022", "firstname": "Tom"}]}}

    for _ in range(2):
        answer = client.post(
            "/v1.1/customer/add",
            body,
            content_type=JSON,
            HTTP_IDEMPOTENCY_KEY="k-1",
            **basic_auth(till.login),
        )
        assert answer.status_code == 200


def test_staff_log_in_and_see_their_pages(away, pause):
    make_staff(username="agent", is_superuser=True)
    customer = make_customer()
    browser = Client()

    answer = browser.post("/admin/login/", {"username": "agent", "password": PASSWORD})
    assert answer.status_code == 302
    for path in ("", "customers/customer/", f"customers/customer/{customer.pk}/change/"):
        assert browser.get(f"/admin/{path}").status_code == 200


def test_the_start_page_and_its_badge_are_counted_anew(away, pause):
    for role in ("approver", None):
        assert log_in(role).get("/admin/").status_code == 200


def test_a_change_of_the_configuration_is_seen_at_once(away, pause):
    org = make_organization()
    values = iter(["old", "new", "newer"])

    assert get_or_load("fields", org.pk, lambda: next(values)) == "old"
    unit_of_work(forget)("fields", org.pk)

    assert get_or_load("fields", org.pk, lambda: next(values)) == "new"


def test_each_use_of_the_cache_says_that_nothing_is_there(away, pause):
    assert cache.get("a", 1) == 1
    assert cache.get_or_set("a", 2) == 2
    assert cache.get_many(["a", "b"]) == {}
    assert cache.set_many({"a": 1}) == ["a"]
    assert not cache.add("a", 1)
    assert not cache.touch("a")
    assert not cache.has_key("a")
    assert "a" not in cache
    for change in (cache.incr, cache.decr):
        with pytest.raises(ValueError, match="not found"):
            change("a")
    cache.set("a", 1)
    cache.delete("a")
    cache.delete_many(["a"])
    cache.clear()


def test_the_cache_is_left_alone_for_a_moment_and_then_asked_again(away, monkeypatch):
    asked = []
    base = away.__mro__[2]
    monkeypatch.setattr(base, "get", lambda *args, **kwargs: asked.append(1) or 1 / 0)

    cache.set("a", 1)
    assert away.paused_until > 0
    assert cache.get("a") is None
    assert asked == []
    away.paused_until = 0.0

    with pytest.raises(ZeroDivisionError):
        cache.get("a")


def test_a_cache_that_is_there_keeps_what_it_is_told(settings, tmp_path):
    config = {"BACKEND": databases.FILE_CACHE, "LOCATION": str(tmp_path)}
    settings.CACHES = {"default": databases.make_optional(config)}
    kept = caches["default"]

    kept.set("a", 1)

    assert (kept.get("a"), kept.incr("a"), kept.get_many(["a", "b"])) == (1, 2, {"a": 2})
