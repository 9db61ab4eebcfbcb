"""An Idempotency-Key ..."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import IdempotencyReceipt, IdempotencyRecord
from crm.tenancy.operations.idempotency import purge_idempotency_records
from tests.builders import make_credential
from tests.crm import v2_door
from tests.crm.callers import basic_auth

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.crm.v2_door")]

JSON = "application/json"
URL = "/v2/notes"


@pytest.fixture
def call(client):
    client.defaults.update(basic_auth(make_credential().login))
    client.raise_request_exception = False
    return client


def write(call, key="k-1", url=URL, **body):
    body = {"name": "one", **body}
    return call.post(url, body, content_type=JSON, HTTP_IDEMPOTENCY_KEY=key)


def names_written():
    return [event.after["name"] for event in Event.objects.order_by("id")]


def end_the_lease():
    IdempotencyRecord.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def test_makes_a_repeat_answer_the_same_and_do_nothing(call):
    first = write(call)
    second = write(call)

    assert (first.status_code, first.headers.get("Idempotent-Replayed")) == (201, None)
    assert (second.status_code, second["Idempotent-Replayed"]) == (201, "true")
    assert second.content == first.content
    assert second["Content-Type"] == first["Content-Type"]
    assert second["X-Cap-RequestId"] != first["X-Cap-RequestId"]
    assert names_written() == ["one"]


def test_keeps_a_refusal_too(call):
    first = write(call, refuse=True)
    second = write(call, refuse=True)

    assert (first.status_code, second.status_code) == (409, 409)
    assert second.content == first.content
    assert second["Idempotent-Replayed"] == "true"


def test_keeps_what_was_wrong_with_the_body(call):
    first = call.post(URL, b"{", content_type=JSON, HTTP_IDEMPOTENCY_KEY="k")
    second = call.post(URL, b"{", content_type=JSON, HTTP_IDEMPOTENCY_KEY="k")

    assert (first.status_code, second["Idempotent-Replayed"]) == (400, "true")
    assert first.content == second.content


@pytest.mark.parametrize(
    ("url", "body"), [(URL, {"name": "two"}), (URL + "?x=1", {}), (URL + "/bulk", {})]
)
def test_is_refused_for_anything_else(call, url, body):
    write(call)

    answer = write(call, url=url, **body)

    assert answer.status_code == 422
    assert answer.json() == {
        "errors": [
            {
                "status": False,
                "code": 422,
                "message": "The Idempotency-Key was used for another request.",
            }
        ],
        "warnings": [],
    }
    assert names_written() == ["one"]


def test_is_refused_for_another_method(call):
    write(call)

    answer = call.put(f"{URL}/1", {"name": "one"}, content_type=JSON, HTTP_IDEMPOTENCY_KEY="k-1")

    assert answer.status_code == 422


def test_of_another_log_in_is_another_key(call, client):
    write(call)

    client.defaults.update(basic_auth(make_credential().login))
    answer = write(client, name="two")

    assert answer.status_code == 201
    assert names_written() == ["one", "two"]


def test_waits_while_the_first_request_runs(call):
    write(call)
    IdempotencyRecord.objects.update(
        state="RUNNING", lease_until=timezone.now() + timedelta(seconds=30)
    )

    answer = write(call)

    assert answer.status_code == 409
    assert answer.json()["errors"][0]["code"] == 409
    assert names_written() == ["one"]


def test_finds_what_a_crashed_request_did(call, monkeypatch):
    def crash(**kwargs):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("crm.dialects.idempotency.keep_answer", crash)
        assert write(call).status_code == 500
    assert names_written() == ["one"]
    end_the_lease()

    again = write(call)

    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")
    assert names_written() == ["one"]
    assert again.content == write(call).content


def test_lets_a_failed_request_be_tried_again_at_once(call):
    failed = write(call, break_down=True)
    again = write(call, break_down=True)

    assert (failed.status_code, again.status_code) == (500, 500)
    assert names_written() == []
    assert IdempotencyRecord.objects.get().state == "RUNNING"


def test_does_only_the_rest_of_a_batch_that_crashed(call, monkeypatch):
    body = {"names": ["a", "b", "c"]}
    with monkeypatch.context() as patched:
        patched.setattr(v2_door.Batch, "crash_after", 1)
        assert write(call, url=URL + "/bulk", **body).status_code == 500
    assert names_written() == ["a", "b"]

    again = write(call, url=URL + "/bulk", **body)

    assert again.json() == {"done": [{"name": n} for n in ("a", "b", "c")], "warnings": []}
    assert names_written() == ["a", "b", "c"]


def test_is_free_again_after_a_day(call):
    write(call)
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))

    answer = write(call, name="two")

    assert answer.status_code == 201
    assert names_written() == ["one", "two"]
    assert IdempotencyReceipt.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "schlüssel", "a\tb", "a\0b"])
def test_must_be_printable_ascii(call, key):
    answer = write(call, key=key)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == 400
    assert names_written() == []


def test_is_no_use_to_whom_is_not_let_in(call, client):
    write(call)
    client.defaults.update(basic_auth("nobody"))

    assert write(client).status_code == 401


def test_means_nothing_on_a_read(call):
    answer = call.get(URL, HTTP_IDEMPOTENCY_KEY="k-1")

    assert answer.status_code == 200
    assert not IdempotencyRecord.objects.exists()


def test_is_forgotten_when_purged(call):
    write(call)
    write(call, key="k-2", name="two")
    IdempotencyRecord.objects.filter(key="k-1").update(
        created_at=timezone.now() - timedelta(hours=25)
    )

    purged = unit_of_work(purge_idempotency_records)(timezone.now() - timedelta(hours=24))

    assert purged == 1
    assert [record.key for record in IdempotencyRecord.objects.all()] == ["k-2"]
    assert IdempotencyReceipt.objects.count() == 1


def test_costs_a_write_without_it_nothing(call, django_assert_num_queries):
    body = {"name": "one"}
    call.post(URL, body, content_type=JSON)

    # log-in, savepoint, the note, release
    with django_assert_num_queries(4):
        call.post(URL, body, content_type=JSON)
