"""Several requests with one Idempotency-Key at once ..."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from crm.audit.models import Event as AuditEvent
from crm.tenancy.models import IdempotencyRecord
from tests.builders import make_credential
from tests.crm import v2_door
from tests.crm.callers import basic_auth

pytestmark = [
    pytest.mark.races,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.crm.v2_door"),
]


def ask(headers):
    try:
        return Client().post(
            "/v2/notes",
            {"name": "one"},
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY="k",
            **headers,
        )
    finally:
        connections.close_all()


def test_do_the_work_once():
    headers = basic_auth(make_credential().login)
    together = Barrier(8)

    def at_once(_):
        together.wait()
        return ask(headers)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(at_once, range(8)))

    assert AuditEvent.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


def test_do_the_work_once_when_the_first_outlives_its_lease(monkeypatch):
    headers = basic_auth(make_credential().login)
    written, may_end = Event(), Event()
    write_note = v2_door.write_note

    def slow(origin, name):
        write_note(origin, name)
        written.set()
        may_end.wait(10)

    monkeypatch.setattr(v2_door, "write_note", slow)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, headers)
        written.wait(10)
        IdempotencyRecord.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        second = pool.submit(ask, headers)
        may_end.set()
        answers = [first.result(), second.result()]

    assert AuditEvent.objects.count() == 1
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert answers[1]["Idempotent-Replayed"] == "true"
