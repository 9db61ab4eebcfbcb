"""The API page: what it fills in works with a freshly filled demo, each on its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.test import RequestFactory
from jsonschema import Draft202012Validator

from crm.demo.secrets import TILL_PASSWORD
from crm.dialects.api_page import pages
from crm.dialects.v1_1.xml import read_xml
from customers.models import Customer
from tests.crm.callers import basic_auth
from tests.openapi import make_strict
from tests.pictures import make_upload

SERVED = orjson.loads(pages.show_schema(RequestFactory().get("/api/schema")).content)
STRICT = make_strict(SERVED)
JSON, XML, CSV = "application/json", "application/xml", "text/csv"
FORM = "multipart/form-data"
NOBODY = 2**63 - 1


@dataclass(frozen=True)
class Sample:
    """An operation, and one of the bodies that the page offers for it."""

    method: str
    path: str
    name: str = ""
    body: Any = None

    @property
    def operation(self) -> Mapping[str, Any]:
        return STRICT["paths"][self.path][self.method]

    @property
    def is_write(self) -> bool:
        return self.method != "get"

    @property
    def is_form(self) -> bool:
        return FORM in self.operation.get("requestBody", {"content": ()})["content"]

    def url(self, **other: Any) -> str:
        """What the page sends: examples, and where there is none the default."""
        path, query = {}, {}
        for parameter in self.operation.get("parameters", ()):
            said = parameter.get("example", parameter["schema"].get("default"))
            if parameter["in"] == "path":
                path[parameter["name"]] = other.get(parameter["name"], said)
            if parameter["in"] == "query" and said is not None:
                query[parameter["name"]] = orjson.dumps(said) if said is False else said
        return self.path.format(**path) + (f"?{urlencode(query)}" if query else "")

    def documented(self, status: int) -> Mapping[str, Any]:
        content = self.operation["responses"][str(status)]["content"]
        return content.get(JSON) or content[CSV]


def samples() -> Iterator[Sample]:
    for path, methods in SERVED["paths"].items():
        for method, operation in methods.items():
            if "requestBody" not in operation:
                yield Sample(method, path)
                continue
            content = operation["requestBody"]["content"]
            media = content.get(JSON) or content[FORM]
            for name, example in media["examples"].items():
                yield Sample(method, path, name, example["value"])


SAMPLES = list(samples())
OPERATIONS = list({(sample.method, sample.path): sample for sample in SAMPLES}.values())


def named(sample):
    return f"{sample.method} {sample.path} {sample.name}".strip()


every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=named)
every_operation = pytest.mark.parametrize("sample", OPERATIONS, ids=named)


@pytest.fixture
def send(client):
    def send(sample, login="demo.till", content=None, content_type=JSON, **other):
        if content is None and sample.is_form:
            with_body = {"data": {name: make_file(text) for name, text in sample.body.items()}}
        else:
            said = orjson.dumps(sample.body) if content is None else content
            with_body = {"data": said, "content_type": content_type} if sample.is_write else {}
        headers = basic_auth(login, TILL_PASSWORD) if login else {}
        answer = getattr(client, sample.method)(sample.url(**other), **with_body, **headers)
        if answer["Content-Type"].startswith(CSV):
            return answer.status_code, b"".join(answer).decode()
        return answer.status_code, orjson.loads(answer.content)

    return send


def make_file(text):
    """The file that an example shows: a table as it is, or the name of a picture."""
    if "\n" in text:
        return make_upload(text.encode(), "table.csv")
    return make_upload()


def complaints(schema, value):
    rule = {**schema, "components": STRICT["components"]}
    found = Draft202012Validator(rule).iter_errors(value)
    return [(error.json_path, error.message) for error in found]


def check_refused(sample, answer, status):
    """Refused with this status, in a way that the page tells of."""
    assert answer[0] == status, answer
    documented = sample.documented(status)
    assert complaints(documented["schema"], answer[1]) == []
    codes = {
        code for example in documented["examples"].values() for code in codes_of(example["value"])
    }
    assert codes_of(answer[1]) <= codes


def codes_of(refusal):
    if "response" in refusal:
        return {refusal["response"]["status"]["code"]}
    return {error["code"] for error in refusal["errors"]}


@every_sample
def test_works_with_the_demo_as_it_is(send, sample):
    status, answer = send(sample)

    assert status in (200, 202), answer
    assert complaints(sample.documented(status)["schema"], answer) == []
    if isinstance(answer, str):
        assert answer.count("\n") > 1
        return
    for one in answer if isinstance(answer, list) else [answer]:
        assert not one.get("warnings")
        assert not one.get("errors")
        assert not one.get("failureCount")
        assert not one.get("childFailureCount")
    if sample.path.startswith("/v1.1/"):
        assert answer["response"]["status"]["success"] == "true", answer
    # An example that finds nobody, or nothing of theirs, shows nothing either.
    assert all(answer[key] for key in ("data", "entity", "response") if key in answer)


@pytest.mark.parametrize(
    "sample",
    [one for one in OPERATIONS if one.path.startswith("/v1.1/") and one.is_write],
    ids=named,
)
def test_works_in_xml_as_well(client, sample):
    [example, *_] = sample.operation["requestBody"]["content"][XML]["examples"].values()

    answer = client.post(
        sample.url() + "?format=xml",
        example["value"].encode(),
        content_type=XML,
        **basic_auth("demo.till", TILL_PASSWORD),
    )

    assert read_xml(answer.content)["response"]["status"]["success"] == "true"


@every_operation
def test_fills_in_whatever_is_needed(sample):
    for parameter in sample.operation.get("parameters", ()):
        if parameter.get("required"):
            assert "example" in parameter, parameter["name"]
        if "example" in parameter:
            assert complaints(parameter["schema"], parameter["example"]) == []
    bodies = [
        sample.operation.get("requestBody"),
        *sample.operation["responses"].values(),
    ]
    for format_, media in (shown for body in bodies if body for shown in body["content"].items()):
        assert media["examples"]
        for name, example in media["examples"].items():
            if format_ == XML:
                assert read_xml(example["value"].encode())
                continue
            assert complaints(media["schema"], example["value"]) == [], name


@pytest.mark.parametrize(
    "sample", [one for one in OPERATIONS if one.operation.get("security")], ids=named
)
def test_tells_who_is_let_in(send, sample):
    check_refused(sample, send(sample, login=None), 401)
    if sample.is_write:
        check_refused(sample, send(sample, login="read.till"), 403)


@pytest.mark.parametrize("sample", [one for one in OPERATIONS if one.is_write], ids=named)
def test_tells_of_bodies_that_cannot_be_read(send, sample):
    broken_type = f"{FORM}; boundary=x" if sample.is_form else JSON
    check_refused(sample, send(sample, content=b'{"a": ', content_type=broken_type), 400)
    # v1.1 reads what calls itself something else by its first byte.
    other = 400 if sample.path.startswith("/v1.1/") else 415
    check_refused(sample, send(sample, content=b"a", content_type="text/plain"), other)


@pytest.mark.parametrize("sample", [one for one in OPERATIONS if "{" in one.path], ids=named)
def test_tells_of_ids_that_are_not_there_or_no_longer(send, sample):
    unknown = dict.fromkeys(
        ("customer_id", "export_id", "import_id", "series_id", "transaction_id"), NOBODY
    )
    check_refused(sample, send(sample, **unknown, name="CONF_UNKNOWN", list_name="hats"), 404)
    if "{customer_id}" in sample.path:
        victim = Customer.objects.exclude(merged_into=None).order_by("pk")[0]
        check_refused(sample, send(sample, customer_id=victim.pk), 410)
