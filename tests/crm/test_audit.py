"""The event log: appended to, sealed, and proved."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from crm.audit.append_only import lifted_triggers
from crm.audit.models import Event, Seal, SealedEvent
from crm.audit.operations.events import NewEvent, record_events
from crm.audit.operations.seals import seal_events
from crm.audit.queries import list_subject_events, verify_log
from crm.kernel.transactions import unit_of_work
from tests.builders import NOON, make_organization, make_origin

pytestmark = pytest.mark.django_db


def record(count=3, origin=None):
    unit_of_work(record_events)(
        origin=origin or make_origin(request_id="r-1"),
        events=[NewEvent("test.done", "customer", n, {"n": n}, {"n": 1.5}) for n in range(count)],
    )


def seal(**options):
    return unit_of_work(seal_events)(now=NOON, **options)


def refused(change):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()


def test_signs_each_event_with_the_origin():
    record(1)

    event = Event.objects.get()
    assert (event.door, event.request_id, event.happened_at) == ("API", "r-1", NOON)
    assert (event.before, event.after) == ({"n": 0}, {"n": 1.5})


def test_the_database_refuses_to_change_or_delete_events_and_seals():
    record()
    seal()

    refused(lambda: Event.objects.update(kind="other"))
    refused(lambda: Event.objects.all()._raw_delete("default"))
    refused(lambda: Seal.objects.update(event_count=0))
    refused(lambda: SealedEvent.objects.all()._raw_delete("default"))

    assert Event.objects.filter(kind="test.done").count() == 3


@pytest.mark.parametrize("table", ["audit_event", "audit_seal", "audit_sealedevent"])
def test_the_database_refuses_to_truncate_the_log(table):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite knows no TRUNCATE")

    with connection.cursor() as cursor:
        refused(lambda: cursor.execute(f"TRUNCATE {table} CASCADE"))


def test_seals_what_is_committed_once():
    record()

    assert [seal(), seal()] == [3, 0]

    record(2)
    assert seal() == 2
    verdict = verify_log()
    assert (verdict.seals, verdict.sealed, verdict.unsealed, verdict.breaks) == (3, 5, 0, [])


def test_counts_what_is_not_sealed_yet():
    record()

    assert (verify_log().sealed, verify_log().unsealed) == (0, 3)


def test_finds_a_straggler_behind_older_seals():
    record()
    early, *_ = Event.objects.order_by("pk")
    with lifted_triggers(connection):
        Event.objects.filter(pk=early.pk).delete()
    unit_of_work(seal_events)(now=NOON - timedelta(days=1))
    early.save(force_insert=True)

    assert seal() == 0
    assert seal(everything=True) == 1
    assert verify_log().breaks == []


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        (lambda: Event.objects.filter(subject_id=1).update(after={}), "not what was written"),
        (
            lambda: Event.objects.filter(subject_id=1)._raw_delete("default"),
            "covers 2 events, not 3",
        ),
        (lambda: Seal.objects.filter(event_count=3).update(digest="0" * 64), "not what was"),
    ],
)
def test_shows_what_was_tampered_with(tamper, sentence):
    record()
    seal()
    with lifted_triggers(connection):
        tamper()

    assert any(sentence in line for line in verify_log().breaks)
    with pytest.raises(CommandError, match=sentence):
        call_command("verify_audit", stdout=StringIO())


def test_the_commands_seal_and_prove():
    record()
    output = StringIO()

    call_command("seal_audit", stdout=output)
    call_command("verify_audit", stdout=output)

    assert output.getvalue().splitlines() == [
        "3 events sealed.",
        "3 events under 2 seals, 0 not sealed yet.",
        f"All seals are valid, up to {Seal.objects.order_by('pk').last().digest}.",
    ]


def test_lists_what_happened_to_one_row_of_ones_own_organization():
    record()
    record(1, make_origin(make_organization()))

    events = list_subject_events(org_id=make_origin().org.pk, subject_type="customer", subject_id=0)

    assert len(events) == 1
