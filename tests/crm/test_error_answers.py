"""The answer when no view gives one."""

import pytest


@pytest.mark.parametrize("path", ["/v2/nowhere", "/v1.1/nowhere", "/v3/nowhere", "/v2/%00"])
def test_the_api_is_answered_in_an_error_body(client, path):
    response = client.get(path)

    assert response.status_code == 404
    assert response.json() == {
        "errors": [{"status": False, "code": 404, "message": "There is no such resource."}],
        "warnings": [],
    }


def test_people_are_answered_with_a_page(client):
    response = client.get("/nowhere")

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
