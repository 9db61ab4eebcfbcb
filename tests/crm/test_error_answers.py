"""The answer when no view gives one."""

import pytest

from tests.builders import make_credential
from tests.crm.callers import basic_auth

LEADING_NOWHERE = ["/v2", "/v2/", "/v2/nowhere", "/v2/customers/", "/v2/%00", "/v2/card%0A"]


@pytest.mark.parametrize("path", ["/v3/nowhere", "/v3"])
def test_the_api_is_answered_in_an_error_body(client, path):
    response = client.get(path)

    assert response.status_code == 404
    assert response.json() == {
        "errors": [{"status": False, "code": 404, "message": "There is no such resource."}],
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("get", path) for path in LEADING_NOWHERE),
        *((method, "/v2") for method in ("head", "post", "put", "patch", "delete", "options")),
    ],
)
@pytest.mark.django_db
def test_paths_of_v2_that_lead_nowhere_are_told_to_who_logs_in(client, method, path):
    entity = make_credential().entity

    response = getattr(client, method)(path, **basic_auth(entity.code))

    assert response.status_code == 404
    assert response["X-Cap-RequestId"]
    assert method == "head" or response.json() == {
        "errors": [{"status": False, "code": 404, "message": "There is no such resource."}],
        "warnings": [],
    }


@pytest.mark.parametrize("path", LEADING_NOWHERE)
@pytest.mark.django_db
def test_a_path_of_v2_that_leads_nowhere_asks_strangers_to_log_in(client, path):
    response = client.get(path)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Basic ")
    assert response["X-Cap-RequestId"]
    assert response.json()["errors"][0]["code"] == 401


@pytest.mark.parametrize("path", ["/nowhere", "/v2x", "/v22/customers"])
def test_people_are_answered_with_a_page(client, path):
    response = client.get(path)

    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()
    assert response["X-Cap-RequestId"] in response.content.decode()


def test_a_host_that_is_not_ours_is_refused(client):
    response = client.get("/v2/nowhere", headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == 400


def test_a_form_without_its_token_is_refused_with_a_page(client):
    client.handler.enforce_csrf_checks = True

    response = client.post("/admin/login/", {"username": "a", "password": "b"})

    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()
