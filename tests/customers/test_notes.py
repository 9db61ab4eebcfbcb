"""Writing notes about a customer: added, changed, refused one by one, and audited."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.errors import CustomerMerged, CustomerUnknown, NoteInvalid, NotesNotWritten
from customers.models import Note
from customers.operations.notes import write_notes
from customers.queries.notes import list_notes
from customers.rules.notes import NoteIn
from tests.builders import NOON, make_customer, make_organization, make_origin, make_till
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

MAY = datetime(2016, 5, 5, 9, 45, tzinfo=UTC)


def make_note(description="Likes tea", **changes):
    return NoteIn(**{"associate_id": "443", "noted_at": MAY, "description": description, **changes})


def write(customer, *notes, **origin):
    return unit_of_work(write_notes)(
        origin=make_origin(org=customer.org, **origin), customer_id=customer.pk, notes=notes
    )


def list_customer_notes(customer, **filters):
    return list_notes(org_id=customer.org_id, customer_id=customer.pk, **filters)


def test_adds_each_note_at_the_store_of_the_till():
    till, customer = make_till(name="Till 1"), make_customer()

    outcomes = write(customer, make_note(" Likes tea "), make_note("Has two dogs"), actor=till)

    lines = list_customer_notes(customer)
    assert [line.id for line in lines] == [outcome.note_id for outcome in outcomes]
    assert [line.description for line in lines] == ["Likes tea", "Has two dogs"]
    assert {(line.store, line.added_by) for line in lines} == {(str(till.parent), "Till 1")}
    assert (lines[0].associate_id, lines[0].noted_at, lines[0].added_at) == ("443", MAY, NOON)
    events = Event.objects.filter(kind="customer.note_added", subject_id=customer.pk)
    assert [event.after["description"] for event in events.order_by("pk")] == [
        "Likes tea",
        "Has two dogs",
    ]


def test_changes_a_note_of_the_customer_by_its_id_and_says_what_it_said_before():
    customer = make_customer()
    [first] = write(customer, make_note())

    [again] = write(customer, make_note("Likes coffee", id=first.note_id))

    assert (again.note_id, again.is_new) == (first.note_id, False)
    assert Note.objects.get().description == "Likes coffee"
    event = Event.objects.get(kind="customer.note_changed")
    assert event.before["description"] == "Likes tea"
    assert event.after["description"] == "Likes coffee"


@pytest.mark.parametrize("number", [-1, 15, 10**30])
def test_takes_an_id_that_none_of_the_customers_notes_has_for_the_callers_own(number):
    customer, other = make_customer(), make_customer()
    [theirs] = write(other, make_note("Of somebody else"))

    write(customer, make_note("Mine", id=number))
    write(customer, make_note("Mine, too", id=theirs.note_id))

    assert [line.description for line in list_customer_notes(customer)] == ["Mine", "Mine, too"]
    assert [line.description for line in list_customer_notes(other)] == ["Of somebody else"]


def test_writes_nothing_twice_for_one_form():
    customer = make_customer()
    [first] = write(customer, make_note(reference="desk:1"))

    [again] = write(customer, make_note(reference="desk:1"))

    assert (again.note_id, again.is_repeat) == (first.note_id, True)
    assert Note.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"associate_id": " "}, "associate_id"),
        ({"associate_id": "9" * 51}, "associate_id"),
        ({"noted_at": None}, "date"),
        ({"noted_at": NOON + timedelta(days=2)}, "date"),
        ({"description": "x" * 2001}, "description"),
        ({"description": "a\0b"}, "description"),
    ],
)
def test_refuses_a_note_by_itself_and_writes_the_others(changes, field):
    customer = make_customer()

    bad, good = write(customer, make_note(**changes), make_note("Good"))

    assert bad.refusal == NoteInvalid(field=field)
    assert [line.description for line in list_customer_notes(customer)] == ["Good"]
    with pytest.raises(NotesNotWritten) as refusal:
        write(customer, make_note(**changes))
    assert refusal.value.facts == {"field": field}
    assert good.refusal is None


@pytest.mark.parametrize("count", [0, 101])
def test_refuses_none_and_too_many(count):
    with pytest.raises(NotesNotWritten):
        write(make_customer(), *[make_note()] * count)

    assert not Note.objects.exists()


def test_refuses_strangers_and_those_who_were_merged():
    theirs = make_customer(make_organization("other"))
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)
    origin = make_origin()

    for customer_id in (theirs.pk, 0, 10**30):
        with pytest.raises(CustomerUnknown):
            unit_of_work(write_notes)(origin=origin, customer_id=customer_id, notes=[make_note()])
    with pytest.raises(CustomerMerged):
        unit_of_work(write_notes)(origin=origin, customer_id=victim.pk, notes=[make_note()])

    assert not Note.objects.exists()


def test_reads_by_date_those_of_the_associates_asked_for_in_one_query():
    customer = make_customer()
    write(
        customer,
        make_note("Second", noted_at=MAY + timedelta(days=1)),
        make_note("First"),
        make_note("Other", associate_id="7"),
    )

    assert [line.description for line in list_customer_notes(customer)] == [
        "First",
        "Other",
        "Second",
    ]
    mine = list_customer_notes(customer, associate_ids=["443"], limit=1, newest_first=True)
    assert [line.description for line in mine] == ["Second"]
    assert list_customer_notes(make_customer(make_organization("other"))) == []
    assert count_queries(lambda: list_customer_notes(customer)) == 1
