"""Every request has an id, one log line, and tells its id in the answer."""

import json
import logging
from datetime import datetime, timedelta

import pytest
from django.urls import path

from crm import urls
from tests.builders import make_credential
from tests.crm.callers import basic_auth


def _break(request):
    raise RuntimeError("a bug")


class WithABug:
    urlpatterns = [path("v2/bug", _break), path("bug", _break), *urls.urlpatterns]
    handler404 = urls.handler404
    handler500 = urls.handler500


@pytest.fixture
def lines(caplog):
    """The log lines of the request, as the dictionaries that structlog hands on."""
    logging.getLogger("django_structlog").setLevel(logging.INFO)
    yield lambda: [
        record.msg for record in caplog.records if record.name.startswith("django_structlog")
    ]
    logging.getLogger("django_structlog").setLevel(logging.NOTSET)


@pytest.mark.parametrize("path", ["/health/live", "/v2/nowhere", "/nowhere", "/static/none.css"])
def test_every_answer_names_the_request(client, path):
    first = client.get(path)["X-Cap-RequestId"]
    second = client.get(path)["X-Cap-RequestId"]

    assert len(first) == len(second) == 32
    assert first != second


@pytest.mark.parametrize("path", ["/v2/bug", "/bug"])
def test_a_crash_names_the_request_and_tells_no_detail(client, settings, path):
    settings.ROOT_URLCONF = WithABug
    client.raise_request_exception = False

    response = client.get(path)

    assert response.status_code == 500
    assert response["X-Cap-RequestId"] in response.content.decode()
    assert "a bug" not in response.content.decode()


def test_a_caller_s_own_id_is_logged_beside_ours(client, lines):
    response = client.get("/v2/nowhere?mobile=919999999999", headers={"X-Request-ID": "till-7.42"})

    (line,) = [line for line in lines() if line["event"] == "request_finished"]
    assert line["request_id"] == response["X-Cap-RequestId"]
    assert line["caller_request_id"] == "till-7.42"
    assert line["code"] == 401
    assert line["request"] == "GET /v2/nowhere"
    assert "919999999999" not in json.dumps([str(each) for each in lines()])


@pytest.mark.parametrize("theirs", ["a b", "x" * 65, 'x","level":"x', "ü", "a\tb", ""])
def test_an_id_that_could_forge_a_log_line_is_passed_over(client, lines, theirs):
    client.get("/v2/nowhere", headers={"X-Request-ID": theirs})

    assert all("caller_request_id" not in line for line in lines())


@pytest.mark.django_db
def test_a_line_of_the_api_is_whole_and_names_the_caller(client, lines):
    till = make_credential()
    response = client.get("/v2/customers/4711", **basic_auth(till.login))

    (line,) = lines()
    assert 0 <= line.pop("ms") < 60_000
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert line == {
        "event": "request_finished",
        "level": "warning",
        "logger": "django_structlog.middlewares.request",
        "code": 404,
        "request": "GET /v2/customers/4711",
        "request_id": response["X-Cap-RequestId"],
        "user_id": till.login,
    }
