"""The base of the v1.1 views ..."""

import pytest

from crm.audit.models import Event
from crm.dialects.v1_1.xml import read_xml
from customers.models import Subscription
from tests.builders import get_or_make_source_account, make_credential, make_customer, make_store
from tests.crm.callers import basic_auth

pytestmark = pytest.mark.django_db

PATH = "/v1.1/customer/subscriptions"
JSON, XML = "application/json", "application/xml"
MOBILE = "447700900111"
IN_XML = (
    f"<root><subscription><mobile>{MOBILE}</mobile><channel>sms</channel>"
    "<priority>bulk</priority><is_subscribed>0</is_subscribed></subscription></root>"
).encode()
IN_JSON = (
    b'{"root": {"subscription": {"mobile": "447700900111", "channel": "sms",'
    b' "priority": "bulk", "is_subscribed": "0"}}}'
)


@pytest.fixture
def till():
    get_or_make_source_account()
    make_customer(identifiers=[("mobile", MOBILE)])
    return make_credential().entity


@pytest.fixture
def call(client, till):
    client.defaults.update(basic_auth(till.code))
    return client


def failure(code, message):
    return {"response": {"status": {"success": "false", "code": code, "message": message}}}


def failure_in_xml(code, message):
    return (
        '<?xml version="1.0" encoding="UTF-8"?><response><status><success>false</success>'
        f"<code>{code}</code><message>{message}</message></status></response>"
    )


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        ("", None, JSON),
        ("", "*/*", JSON),
        ("", "application/xml", XML),
        ("", "text/xml, application/json;q=0.9", XML),
        ("", "application/xml;q=0.5, application/json", JSON),
        ("", "application/xml;q=nonsense, application/json;q=0.1", JSON),
        ("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", XML),
        ("?format=json", "application/xml", JSON),
        ("?format=XML", "application/json", XML),
        ("?format=", "application/xml", XML),
        ("??format=xml", None, XML),
        ("?format=xml", "text/html", XML),
    ],
)
def test_answers_in_the_format_asked_for(call, query, accept, expected):
    headers = {} if accept is None else {"HTTP_ACCEPT": accept}

    answer = call.get(f"{PATH}{query}", **headers)

    assert answer.status_code == 200
    assert answer["Content-Type"].partition(";")[0] == expected


def test_refuses_a_format_that_it_does_not_have(call):
    answer = call.get(f"{PATH}?format=yaml")
    nothing = call.get(PATH, HTTP_ACCEPT="text/html")

    assert answer.status_code == 400
    assert answer.json() == failure(400, "The request is invalid. format must be xml or json.")
    assert nothing.status_code == 406
    assert nothing.json() == failure(406, "This dialect answers XML and JSON only.")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, IN_JSON),
        ("application/json; charset=utf-8", b"\xef\xbb\xbf" + IN_JSON),
        (XML, IN_XML),
        ("text/xml; charset=utf-8", b"\xef\xbb\xbf" + IN_XML),
        ("application/vnd.till+xml", IN_XML),
        ("", IN_XML),
        ("", b"\n  " + IN_JSON),
        ("text/plain", b"\xef\xbb\xbf\r\n" + IN_XML),
        ("text/plain", IN_XML.decode().encode("utf-16")),
        ("application/x-www-form-urlencoded", IN_XML),
        ("application/x-www-form-urlencoded", IN_JSON),
        ("multipart/form-data; boundary=x", IN_JSON),
        ("nonsense", IN_XML),
    ],
)
def test_reads_the_format_named_or_the_one_that_the_first_byte_shows(call, content_type, body):
    answer = call.post(PATH, body, content_type=content_type)

    assert answer.status_code == 200
    assert answer.json()["response"]["status"]["code"] == 200
    assert Subscription.objects.count() == 1


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        (JSON, b"{", "The body is not JSON: unexpected end of data at character 1."),
        (JSON, IN_XML, "The body is not JSON: unexpected character"),
        (JSON, b'{"root": NaN}', "The body is not JSON: unexpected character"),
        (JSON, b'{"root": ' + b"[" * 40 + b"]" * 40 + b"}", "The body is deeper than 32 levels."),
        (JSON, b"[" * 5000, "The body is not JSON: "),
        (JSON, b"[]", "There is no subscription in the body."),
        (JSON, b"7", "There is no subscription in the body."),
        (JSON, b"{}", "There is no subscription in the body."),
        (JSON, b'{"root": null}', "There is no subscription in the body."),
        (JSON, b'{"root": {"subscription": []}}', "There is no subscription in the body."),
        (JSON, b'{"root": {"subscription": ["x"]}}', "Each subscription must be an object."),
        (XML, b"", "The body is not XML: no element found at line 1, column 1."),
        (XML, b"<root>", "The body is not XML: no element found at line 1, column 7."),
        (XML, b"<!DOCTYPE r><r/>", "A DOCTYPE is not allowed."),
        (XML, b"<root/>", "There is no subscription in the body."),
        (XML, b"<root><subscription>x</subscription></root>", "Each subscription must be"),
        ("text/plain", b"hello", "The body is not JSON: unexpected character"),
        ("", b"", "The body"),
    ],
)
def test_refuses_a_body_that_cannot_be_read(call, content_type, body, message):
    answer = call.post(f"{PATH}?format=json", body, content_type=content_type)

    assert answer.status_code == 400
    status = answer.json()["response"]["status"]
    assert (status["success"], status["code"]) == ("false", 400)
    assert status["message"].startswith(f"The request is invalid. {message}") or not body
    assert Subscription.objects.count() == 0


def test_takes_a_hundred_items_and_no_more(call):
    item = "<subscription><mobile>1</mobile></subscription>"

    hundred = call.post(PATH, f"<root>{item * 100}</root>".encode(), content_type=XML)
    more = call.post(PATH, f"<root>{item * 101}</root>".encode(), content_type=XML)
    read = call.get(PATH, {"mobile": ",".join(str(n) for n in range(101))})

    assert hundred.status_code == 200
    assert hundred.json()["response"]["status"]["code"] == 500
    for answer in (more, read):
        assert answer.status_code == 400
        assert answer.json() == failure(
            1060, "The batch holds more items than allowed: at most 100."
        )


def test_refuses_a_large_body(call):
    answer = call.post(f"{PATH}?format=xml", b" " * (10 * 1024**2 + 1), content_type=XML)

    assert answer.status_code == 413
    assert answer.content.decode() == failure_in_xml(413, "The body is larger than 10 MiB.")


@pytest.mark.parametrize("path", [PATH, "/v1.1", "/v1.1/", "/v1.1/customer/nothing"])
def test_asks_strangers_to_log_in(client, path):
    in_json, in_xml = client.get(path), client.get(f"{path}?format=xml")

    assert in_json.status_code == in_xml.status_code == 401
    assert in_json["WWW-Authenticate"].startswith("Basic ")
    assert in_json["X-Cap-RequestId"]
    message = "The log-in is unknown or its secret is wrong."
    assert in_json.json() == failure(401, message)
    assert in_xml.content.decode() == failure_in_xml(401, message)


@pytest.mark.parametrize("path", ["/v1.1", "/v1.1/", "/v1.1/nothing", f"{PATH}/", "/v1.1/%00"])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_says_that_nothing_is_there(call, path, method):
    answer = getattr(call, method)(path)

    assert answer.status_code == 404
    assert answer.json() == failure(404, "There is no such resource.")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_says_which_methods_there_are(call, method):
    answer = call.generic(method, f"{PATH}?format=xml")

    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, POST"
    assert answer.content.decode() == failure_in_xml(405, f"{method} is not possible here.")


def test_answers_what_nobody_foresaw_with_a_request_id_only(call, monkeypatch):
    call.raise_request_exception = False
    monkeypatch.setattr("customers.api.v1_1.subscriptions.subscribe", None)

    in_json = call.post(PATH, IN_JSON, content_type=JSON)
    in_xml = call.post(f"{PATH}?format=xml", IN_XML, content_type=XML)

    assert in_json.status_code == in_xml.status_code == 500
    assert in_json.json() == failure(
        500, f"Something went wrong on our side; request id {in_json['X-Cap-RequestId']}."
    )
    assert read_xml(in_xml.content)["response"]["status"]["code"] == "500"


def test_counts_calls(call, settings):
    settings.RATE_LIMITS = {"v1.customer.subscriptions": 1}
    call.get(PATH)

    answer = call.get(PATH)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert answer.json()["response"]["status"]["code"] == 429


def test_does_once_what_is_asked_twice_with_one_key(call):
    first = call.post(PATH, IN_XML, content_type=XML, HTTP_IDEMPOTENCY_KEY="one")
    again = call.post(PATH, IN_XML, content_type=XML, HTTP_IDEMPOTENCY_KEY="one")
    other = call.post(PATH, IN_JSON, content_type=JSON, HTTP_IDEMPOTENCY_KEY="one")

    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    assert other.status_code == 422
    assert other.json() == failure(422, "The Idempotency-Key was used for another request.")


def test_does_only_the_rest_after_a_crash(call, monkeypatch):
    from customers.api.v1_1 import subscriptions

    call.raise_request_exception = False
    body = IN_XML.replace(b"</root>", IN_XML.removeprefix(b"<root>")).replace(b"bulk", b"trans", 1)
    headers = {"content_type": XML, "HTTP_IDEMPOTENCY_KEY": "two"}
    subscribe = subscriptions.subscribe

    def crash_at_bulk(**arguments):
        if arguments["changes"][0].priority == "bulk":
            raise ZeroDivisionError
        return subscribe(**arguments)

    monkeypatch.setattr(subscriptions, "subscribe", crash_at_bulk)
    crashed = call.post(PATH, body, **headers)
    monkeypatch.setattr(subscriptions, "subscribe", subscribe)
    events = Event.objects.count()
    finished = call.post(PATH, body, **headers)

    assert crashed.status_code == 500
    assert finished.json()["response"]["status"]["code"] == 200
    assert finished["Idempotent-Replayed"] == "true"
    assert Event.objects.count() == events + 1


def test_attributes_a_write_to_another_entity_or_refuses_all_of_it(call):
    store = make_store()
    headers = {"HTTP_X_CAP_API_ATTRIBUTION_ENTITY_TYPE": "STORE"}
    code = "HTTP_X_CAP_API_ATTRIBUTION_ENTITY_CODE"

    unknown = call.post(PATH, IN_XML, content_type=XML, **headers, **{code: "nowhere"})
    known = call.post(PATH, IN_XML, content_type=XML, **headers, **{code: store.code})

    assert unknown.status_code == 400
    assert unknown.json() == failure(91021, "The entity to attribute the change to is unknown.")
    assert known.status_code == 200
    assert Event.objects.order_by("-id")[0].actor_id == store.pk
