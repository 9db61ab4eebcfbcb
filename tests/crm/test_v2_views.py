"""The base of the v2 views ..."""

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.audit.models import Event
from crm.tenancy.models import Scope
from tests.builders import make_credential, make_entity, make_organization, make_store, make_till
from tests.crm.callers import basic_auth

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.crm.v2_door")]

JSON = "application/json"


@pytest.fixture
def till():
    return make_credential().entity


@pytest.fixture
def call(client, till):
    client.defaults.update(basic_auth(till.code))
    return client


def error(code, message):
    return {"errors": [{"status": False, "code": code, "message": message}], "warnings": []}


def names_written():
    return [event.after["name"] for event in Event.objects.order_by("id")]


def test_answers_with_warnings_always_there(call, till):
    answer = call.get("/v2/notes", {"limit": 3, "embed": ["a,b", "a"]})

    assert answer.status_code == 200
    assert answer.json() == {
        "asked": {"limit": 3, "offset": 0, "embed": ["a", "b"]},
        "by": till.code,
        "warnings": [],
    }


def test_runs_a_write_in_a_unit_and_signs_it_as_the_till(call, till):
    answer = call.post("/v2/notes", {"name": "one"}, content_type=JSON)

    event = Event.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "name": "one",
        "at": event.happened_at.astimezone(till.org.zone).replace(microsecond=0).isoformat(),
        "warnings": [
            {
                "status": False,
                "code": 8050,
                "message": "The customer is known in another source; the profile was added to"
                " them.",
            }
        ],
    }
    assert (event.org_id, event.actor_id, event.door) == (till.org_id, till.pk, "API")
    assert event.request_id == answer["X-Cap-RequestId"]


def test_undoes_the_unit_when_the_domain_refuses(call):
    answer = call.post("/v2/notes", {"name": "one", "refuse": "true"}, content_type=JSON)

    assert answer.status_code == 409
    assert answer.json() == error(
        8007, "The identifier is registered already in this same source account."
    )
    assert names_written() == []


def test_shows_a_fact_beside_the_message(call):
    answer = call.put("/v2/notes/77", {}, content_type=JSON)

    assert answer.status_code == 410
    assert answer.json() == {
        "errors": [
            {
                "status": False,
                "code": 8069,
                "message": "The customer was merged into customer 77.",
                "survivorId": 77,
            }
        ],
        "warnings": [],
    }


def test_takes_an_id_of_any_length(call):
    answer = call.put("/v2/notes/" + "9" * 300, {}, content_type=JSON)

    assert answer.json()["errors"][0]["survivorId"] == 2**63 - 1


def test_answers_what_nobody_foresaw_with_a_request_id_only(call):
    call.raise_request_exception = False

    answer = call.post("/v2/notes", {"name": "one", "break_down": True}, content_type=JSON)

    assert answer.status_code == 500
    assert answer.json() == error(
        500, f"Something went wrong on our side; request id {answer['X-Cap-RequestId']}."
    )
    assert names_written() == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "name: This field is required."),
        (b"{}", "name: This field is required."),
        (b"[]", "The body must be an object."),
        (b'"text"', "The body must be an object."),
        (b"null", "The body must be an object."),
        (b"{", "The body is not JSON: unexpected end of data at character 1."),
        (b'{"name": NaN}', "The body is not JSON: unexpected character"),
        (b'{"name": "\xff"}', "The body is not JSON: str is not valid UTF-8: "),
        (b'{"name": "\\ud800"}', "The body is not JSON: "),
        (b'{"name": "a\\u0000"}', "The body holds a NUL character."),
        (b'{"x\\u0000": 1, "name": "a"}', "The body holds a NUL character."),
        (b'{"x": ' + b"[" * 40 + b"]" * 40 + b"}", "The body is deeper than 32 levels."),
        (b"[" * 5000 + b"]" * 5000, "The body is not JSON: "),
        (b'{"name": {"a": 1}}', "name: Not a valid string."),
        (
            b'{"name": "a", "lines": [{"value": "b", "count": 1}, {"value": [], "count": "x"}]}',
            "lines[1].value: Not a valid string.",
        ),
        (b'{"name": "a", "lines": {"value": 1}}', "lines: Expected a list of items"),
        (b'{"name": "a", "refuse": {}}', "refuse: Must be a valid boolean."),
        (b'{"name": "a", "lines": [{"value": "b", "count": 1e400}]}', "The body is not JSON"),
    ],
)
def test_refuses_a_body_that_cannot_be_read(call, body, message):
    answer = call.post("/v2/notes", body, content_type=JSON)

    assert answer.status_code == 400
    first = answer.json()["errors"][0]
    assert (first["status"], first["code"]) == (False, 400)
    assert first["message"].startswith(f"The request is invalid. {message}")
    assert names_written() == []


def test_names_every_field_that_is_wrong(call):
    body = {"name": "x" * 21, "lines": [{"value": "b", "count": 0}]}

    answer = call.post("/v2/notes", body, content_type=JSON)

    assert [problem["message"] for problem in answer.json()["errors"]] == [
        "The request is invalid. name: Ensure this field has no more than 20 characters.",
        "The request is invalid. lines[0].count: Ensure this value is greater than or equal to 1.",
    ]


def test_accepts_a_body_of_thirty_levels_and_text_that_only_looks_like_a_nul(call):
    body = b'{"name": "a\\\\u0000", "deep": ' + b"[" * 30 + b"]" * 30 + b"}"

    assert call.post("/v2/notes", body, content_type=JSON).status_code == 201


def test_ignores_unknown_keys_and_a_byte_order_mark(call):
    body = b'\xef\xbb\xbf{"name": "a", "_comment": "ignored"}'

    assert call.post("/v2/notes", body, content_type=JSON).status_code == 201


@pytest.mark.parametrize("content_type", ["", "application/json; charset=utf-8", "text/x+json"])
def test_takes_json_by_these_names(call, content_type):
    answer = call.post("/v2/notes", b'{"name": "a"}', content_type=content_type)

    assert answer.status_code == 201


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "/"])
def test_takes_nothing_but_json(call, content_type):
    answer = call.post("/v2/notes", b'{"name": "a"}', content_type=content_type)

    assert answer.status_code == 415
    assert answer.json()["errors"][0]["code"] == 415


def test_refuses_a_large_body(call):
    answer = call.post("/v2/notes", b" " * (10 * 1024**2 + 1), content_type=JSON)

    assert answer.status_code == 413
    assert answer.json() == error(413, "The body is larger than 10 MiB.")


def in_chunks(call, body, **meta):
    # As the server hands such a request over: no length, and an input that ends by itself.
    return call.generic(
        "POST",
        "/v2/notes",
        content_type=JSON,
        HTTP_TRANSFER_ENCODING="chunked",
        **{"wsgi.input": BytesIO(body), "wsgi.input_terminated": True, **meta},
    )


def test_reads_a_body_that_comes_in_chunks(call):
    assert in_chunks(call, b'{"name": "a"}').status_code == 201
    assert in_chunks(call, b'{"name": "b"}', HTTP_IDEMPOTENCY_KEY="k").status_code == 201
    assert names_written() == ["a", "b"]


def test_bounds_a_body_that_comes_in_chunks(call):
    assert in_chunks(call, b" " * (10 * 1024**2 + 1)).status_code == 413
    assert in_chunks(call, b"{}", **{"wsgi.input_terminated": False}).status_code == 400


def test_refuses_chunks_that_are_none(call):
    class Broken(BytesIO):
        def read(self, size=-1):
            raise ValueError("Invalid chunk size: b'zz'")

    answer = in_chunks(call, b"", **{"wsgi.input": Broken()})

    assert answer.status_code == 400
    assert answer.json() == error(
        400, "The request is invalid. The chunks of the body cannot be read."
    )


def test_takes_in_a_body_that_is_too_large_so_that_its_sender_hears_why(call):
    announced = BytesIO(b" " * (11 * 1024**2))
    in_pieces = BytesIO(b" " * (12 * 1024**2))

    call.generic(
        "POST",
        "/v2/notes",
        content_type=JSON,
        CONTENT_LENGTH=str(11 * 1024**2),
        **{"wsgi.input": announced},
    )
    in_chunks(call, b"", **{"wsgi.input": in_pieces})

    assert (announced.read(), in_pieces.read()) == (b"", b"")


@pytest.mark.parametrize("accept", ["APPLICATION/JSON", "*/*", "text/html, application/json;q=0.9"])
def test_answers_whoever_takes_json(call, accept):
    assert call.get("/v2/notes", HTTP_ACCEPT=accept).status_code == 200


@pytest.mark.parametrize("accept", ["application/xml", "text/html"])
def test_answers_json_only(call, accept):
    answer = call.get("/v2/notes", HTTP_ACCEPT=accept)

    assert answer.status_code == 406
    assert answer.json() == error(406, "This dialect answers JSON only.")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_says_which_methods_there_are(call, method):
    answer = call.generic(method, "/v2/notes")

    assert answer.status_code == 405
    assert answer.json() == error(405, f"{method} is not possible here.")
    assert answer["Allow"] == "GET, HEAD, POST"


def test_answers_the_head_of_a_read(call):
    assert call.head("/v2/notes").status_code == 200


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "offset=-1", "limit=1&limit=2", "limit=1%00"]
)
def test_refuses_a_page_that_is_none(call, query):
    answer = call.get(f"/v2/notes?{query}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == 400


def test_lets_in_only_whom_the_scope_allows(client):
    reader = make_credential(scopes=[Scope.CUSTOMERS_READ])

    answer = client.post("/v2/notes", {"name": "a"}, content_type=JSON, **basic_auth(reader.login))

    assert answer.status_code == 403
    assert answer.json() == error(403, "The log-in lacks the scope customers.write.")
    assert names_written() == []
    assert client.get("/v2/notes", **basic_auth(reader.login)).status_code == 200


def attributed(of_type, code):
    return {
        "HTTP_X_CAP_API_ATTRIBUTION_ENTITY_TYPE": of_type,
        "HTTP_X_CAP_API_ATTRIBUTION_ENTITY_CODE": code,
    }


@pytest.mark.parametrize(
    ("of_type", "code_format"),
    [
        ("STORE_CODE", "{0.code}"),
        ("store", "{0.code}"),
        ("STORE_NAME", "{0.name}"),
        ("STORE_EXTERNAL_ID", "{0.external_id}"),
        ("STORE_ID", "{0.pk}"),
    ],
)
def test_attributes_a_write_to_another_entity(call, of_type, code_format):
    store = make_store(external_id="ext-1", name="Straßenmarkt")
    # A server hands the bytes of a header over as Latin-1.
    code = code_format.format(store).encode().decode("latin-1")

    answer = call.post("/v2/notes", {"name": "a"}, content_type=JSON, **attributed(of_type, code))

    assert answer.status_code == 201
    assert Event.objects.get().actor_id == store.pk


def test_refuses_to_attribute_to_whom_it_does_not_know(call):
    idle = make_store(is_active=False)
    person = make_entity("ADMIN_USER")
    twice = [make_store(name="Twice"), make_store(name="Twice")]
    strange = make_till(make_organization())
    query = [
        ("STORE", idle.code),
        ("STORE_NAME", twice[0].name),
        ("TILL", strange.code),
        ("ADMIN_USER", person.code),
        ("STORE", ""),
        ("", "x"),
        ("STORE_ID", "9" * 30),
        ("STORE_ID", "one"),
        ("STORE", "a\0b"),
        ("NOTHING", "x"),
    ]

    answers = [
        call.post("/v2/notes", {"name": "a"}, content_type=JSON, **attributed(*headers))
        for headers in query
    ]

    assert [answer.status_code for answer in answers] == [400] * len(query)
    assert answers[0].json() == error(91021, "The entity to attribute the change to is unknown.")
    assert names_written() == []


def test_asks_the_database_once_to_know_the_caller(call):
    call.get("/v2/notes")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        call.get("/v2/notes")

    assert len(queries) == 1
