"""The pages for integrators ..."""

import re

import pytest
from django.conf import settings

from crm.dialects.reserved_codes import get_reserved_codes
from crm.dialects.v1_1.catalogue import CATALOGUE as V1_1
from crm.dialects.v2.catalogue import CATALOGUE as V2
from tests.builders import make_credential
from tests.crm.callers import basic_auth


@pytest.fixture
def schema(client):
    return client.get("/api/schema").json()


def operations(schema):
    return [
        (method, path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_describe_only_what_callers_may_call(schema):
    assert {path.split("/")[1] for path in schema["paths"]} == {"v1.1", "v2", "v3"}


def test_name_each_operation_once(schema):
    names = [operation["operationId"] for _, _, operation in operations(schema)]

    assert len(set(names)) == len(names) > 10


def test_offer_both_ways_to_log_in(schema):
    schemes = schema["components"]["securitySchemes"]

    assert schemes["basic"]["scheme"] == "basic"
    assert (schemes["token"]["in"], schemes["token"]["name"]) == (
        "header",
        "X-CAP-API-OAUTH-TOKEN",
    )


def test_show_how_each_operation_says_no(schema):
    for method, path, operation in operations(schema):
        answers = set(operation["responses"])
        assert {"400", "401", "429", "500"} <= answers, path
        if not path.startswith("/v3/"):
            assert "403" in answers, path
            assert operation["security"] == [{"basic": []}, {"token": []}]
            assert "Needs the scope `" in operation["description"]
        if method in ("post", "put"):
            assert "413" in answers, path
            # v1.1 reads what has no useful type by its first byte.
            assert ("415" in answers) != path.startswith("/v1.1/"), path


def test_show_examples_from_the_catalogue(schema):
    refused = schema["paths"]["/v2/customers"]["post"]["responses"]["409"]["content"]

    example = refused["application/json"]["examples"]["8007 customers.identifier_registered"]
    assert example["value"] == {
        "errors": [
            {
                "status": False,
                "code": 8007,
                "message": V2["customers.identifier_registered"].message,
            }
        ],
        "warnings": [],
    }


def test_name_the_headers_that_every_write_takes(schema):
    named = {
        parameter["name"]
        for parameter in schema["paths"]["/v2/customers"]["post"]["parameters"]
        if parameter["in"] == "header"
    }

    assert {
        "X-Request-ID",
        "Idempotency-Key",
        "X-CAP-API-ATTRIBUTION-ENTITY-TYPE",
        "X-CAP-API-ATTRIBUTION-ENTITY-CODE",
    } <= named


@pytest.mark.parametrize("url", ["/api/docs", "/api/docs/errors"])
def test_load_nothing_from_elsewhere_and_run_nothing_inline(client, url):
    answer = client.get(url)
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "script-src 'self';" in answer["Content-Security-Policy"] + ";"
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert not re.search(r"<style|<script>| style=| on\w+=", page)


def test_list_every_code_of_both_dialects(client):
    page = client.get("/api/docs/errors").content.decode()

    answered = [
        name
        for dialect, catalogue in (("v2", V2), ("v1.1", V1_1))
        for name, entry in catalogue.items()
        if entry.code not in get_reserved_codes(dialect)
    ]
    for name in [*answered, *(line.name for line in get_reserved_codes("v2").values())]:
        assert f"<code>{name}</code>" in page
    assert '<th scope="row">8067</th>' in page


@pytest.mark.parametrize("app", ["crm", "customers", "loyalty"])
def test_keep_no_example_that_no_operation_shows(app):
    examples = list((settings.BASE_DIR / app).rglob("examples/*.json"))

    assert examples
    for example in examples:
        views = "".join(view.read_text() for view in example.parents[1].glob("*.py"))
        assert f'"{example.stem}"' in views, example


@pytest.mark.django_db
def test_serve_the_token_at_the_documented_path(client):
    answer = client.post("/v3/oauth/token/generate", {}, content_type="application/json")

    assert answer.status_code == 400


@pytest.mark.django_db
def test_leave_a_session_out_of_the_api(client):
    answer = client.get("/v2/extendedFields", **basic_auth(make_credential().login))

    assert answer.status_code == 200
    assert not answer.cookies
