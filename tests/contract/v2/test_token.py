"""POST /v3/oauth/token/generate ..."""

import pytest

from crm.tenancy.models import Credential
from tests.builders import PASSWORD, make_credential
from tests.contract.v2.answers import replace_values_by_kind

pytestmark = pytest.mark.django_db

PATH = "/v3/oauth/token/generate"


@pytest.fixture
def generate(client):
    make_credential(kind=Credential.Kind.OAUTH, login="app-key")
    return lambda **body: client.post(PATH, body, content_type="application/json")


def test_trades_a_key_and_its_secret_for_a_token_that_lets_into_v2(client, generate):
    answer = generate(key="app-key", secret=PASSWORD)

    assert (answer.status_code, replace_values_by_kind(answer.json())) == (
        200,
        {"data": {"accessToken": "str", "ttlSeconds": "int"}, "errors": "NoneType"},
    )
    sent = {"HTTP_X_CAP_API_OAUTH_TOKEN": answer.json()["data"]["accessToken"]}
    assert client.get("/v2/extendedFields", **sent).status_code == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"key": "app-key", "secret": "wrong"}, (401, 401)),
        ({"key": "nobody", "secret": PASSWORD}, (401, 401)),
        ({"key": "app-key"}, (400, 400)),
    ],
)
def test_gives_nothing_for_anything_else(generate, body, expected):
    answer = generate(**body)

    [error] = answer.json()["errors"]
    assert answer.json()["data"] is None
    assert (answer.status_code, error["code"]) == expected
