"""A log-in that calls too often ..."""

import pytest

from crm.dialects import throttles
from crm.tenancy.models import RateLimit
from crm.tenancy.queries.rate_limits import forget_rate_limits, get_calls_per_hour
from tests.builders import make_credential, make_organization, make_till
from tests.crm.callers import basic_auth

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.crm.v2_door")]

URL = "/v2/notes"


@pytest.fixture(autouse=True)
def _afresh(settings, monkeypatch):
    settings.RATE_LIMITS = {"*": 100_000}
    monkeypatch.setattr("crm.dialects.throttles.time.time", lambda: 7200.0 + 600)
    monkeypatch.setattr(throttles, "_counts", {})
    monkeypatch.setattr("crm.tenancy.queries.rate_limits._entries", {})


@pytest.fixture
def till():
    return make_credential()


def limit(credential, calls, operation="notes", all=False):
    RateLimit.objects.create(
        org=credential.org,
        credential=None if all else credential,
        operation=operation,
        calls_per_hour=calls,
    )
    forget_rate_limits(credential.org_id)


def statuses(client, credential, times, url=URL):
    return [client.get(url, **basic_auth(credential.login)).status_code for _ in range(times)]


def test_is_refused_and_told_when_to_come_back(client, till):
    limit(till, 3)

    assert statuses(client, till, 4) == [200, 200, 200, 429]
    answer = client.get(URL, **basic_auth(till.login))
    assert answer["Retry-After"] == "3000"
    assert answer.json() == {
        "errors": [
            {
                "status": False,
                "code": 429,
                "message": "Too many requests; try again in 3000 seconds.",
            }
        ],
        "warnings": [],
    }


def test_is_let_in_again_in_the_next_hour(client, till, monkeypatch):
    limit(till, 1)
    assert statuses(client, till, 2) == [200, 429]

    monkeypatch.setattr("crm.dialects.throttles.time.time", lambda: 10_800.0)

    assert statuses(client, till, 1) == [200]


def test_does_not_hinder_another(client, till):
    other = make_credential()
    limit(till, 1, all=True)
    assert statuses(client, till, 2) == [200, 429]

    assert statuses(client, other, 1) == [200]


def test_may_have_a_limit_of_its_own_before_the_organizations(client, till):
    limit(till, 1, all=True)
    limit(till, 3)

    assert statuses(client, till, 4) == [200, 200, 200, 429]


def test_is_counted_by_operation_and_by_all_together(client, till):
    limit(till, 1, operation="notes.bulk")
    limit(till, 2, operation="*")

    assert statuses(client, till, 3) == [200, 200, 429]


def test_of_another_organization_keeps_its_limits_to_itself(till):
    strange = make_credential(make_till(make_organization()))
    limit(strange, 1, all=True)

    assert get_calls_per_hour(org_id=till.org_id, credential_id=till.pk, operation="notes") is None
    assert (
        get_calls_per_hour(org_id=strange.org_id, credential_id=strange.pk, operation="notes") == 1
    )


@pytest.mark.parametrize("calls", [7, 1000, 5000])
def test_is_refused_exactly_at_the_limit(calls):
    counted = [throttles._increment("calls.of.somebody", calls) for _ in range(calls + 2)]

    assert counted == list(range(1, calls + 3))


def test_is_seen_by_every_process_within_a_thousandth_of_the_limit(monkeypatch):
    here = [throttles._increment("calls.shared", 5000) for _ in range(5000)]
    monkeypatch.setattr(throttles, "_counts", {})

    assert here[-1] == 5000
    assert throttles._increment("calls.shared", 5000) > 5000 - 5


def test_costs_no_query_once_the_limits_are_known(client, till, django_assert_num_queries):
    limit(till, 100)
    client.get(URL, **basic_auth(till.login))

    with django_assert_num_queries(1):  # who calls
        client.get(URL, **basic_auth(till.login))
