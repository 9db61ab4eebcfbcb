"""Notes, tickets and preferences on the customer's page."""

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from customers.models import Note
from customers.operations.preferences import StoreReference, set_preferences
from tests.builders import (
    make_customer,
    make_field,
    make_organization,
    make_origin,
    make_store,
)
from tests.customers.test_notes import make_note, write
from tests.customers.test_update_tickets import make_ticket
from tests.queries import count_queries
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def _get_page_url(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def _get_add_note_url(customer):
    return reverse("admin:customers_customer_add_note", args=[customer.pk])


def _read_form_key(client, customer):
    return str(client.get(_get_page_url(customer)).context["service"]["note_form"]["once"].value())


def _make_customer_with_service():
    customer = make_customer()
    make_field("Favorite Color", kind="CUSTOM", scope="PREFERENCE")
    make_store(code="s.1", name="Store One")
    write(customer, make_note("Likes <tea>"))
    make_ticket(customer, "Points issue", priority="HIGH")
    unit_of_work(set_preferences)(
        origin=make_origin(),
        customer_id=customer.pk,
        fields={"Favorite Color": "Green"},
        store=StoreReference(code_or_name="s.1"),
    )
    return customer


@pytest.mark.parametrize("role", ["support agent", "approver", "auditor", "organization admin"])
def test_shows_what_was_noted_asked_and_preferred(role):
    customer = _make_customer_with_service()

    page = log_in(role).get(_get_page_url(customer)).content.decode()

    for words in ("Likes &lt;tea&gt;", "Points issue", "Favorite Color", "Green", "Store One"):
        assert words in page
    assert ("Add a note" in page) is (role != "auditor")
    assert ("Open a ticket" in page) is (role != "auditor")


def test_shows_nothing_of_it_to_whoever_only_imports():
    customer = _make_customer_with_service()

    page = log_in("import operator").get(_get_page_url(customer))

    assert page.context["service"] == {}
    for words in ("Likes &lt;tea&gt;", "Points issue", "Favorite Color", "Store One"):
        assert words not in page.content.decode()


def test_a_note_is_added_by_whoever_is_at_the_page():
    customer, client = make_customer(), log_in("support agent")

    answer = client.post(
        _get_add_note_url(customer),
        {"once": _read_form_key(client, customer), "description": "Calls late"},
        follow=True,
    )

    assert answer.redirect_chain == [(_get_page_url(customer), 302)]
    added = Note.objects.get()
    assert (added.customer, added.description) == (customer, "Calls late")
    assert (added.associate_id, added.added_by) == (client.user.username, client.user.entity)
    assert abs((timezone.now() - added.noted_at).total_seconds()) < 60
    assert "The note was added." in answer.content.decode()


def test_a_note_sent_twice_is_added_once():
    customer, client = make_customer(), log_in("support agent")
    data = {"once": _read_form_key(client, customer), "description": "Calls late"}

    client.post(_get_add_note_url(customer), data)
    answer = client.post(_get_add_note_url(customer), data, follow=True)

    assert "This form was sent twice" in answer.content.decode()
    assert Note.objects.count() == 1


@pytest.mark.parametrize(
    ("description", "expected"),
    [(" ", "This field is required."), ("x" * 2001, "at most 2000 characters")],
)
def test_a_note_that_cannot_be_kept_is_refused_and_what_was_typed_stays(description, expected):
    customer, client = make_customer(), log_in("support agent")

    answer = client.post(
        _get_add_note_url(customer),
        {"once": _read_form_key(client, customer), "description": description},
    )

    assert answer.status_code == 200
    assert expected in answer.content.decode()
    assert not Note.objects.exists()


def test_nobody_writes_about_somebody_who_was_merged():
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)
    client = log_in("support agent")

    service = client.get(_get_page_url(victim)).context["service"]
    answer = client.post(
        _get_add_note_url(victim),
        {"once": _read_form_key(client, survivor), "description": "Calls late"},
    )

    assert "note_form" not in service
    assert service["open_ticket_url"] == ""
    assert f"was merged into customer {survivor.pk}" in answer.content.decode()
    assert not Note.objects.exists()


def test_nobody_writes_without_the_right_or_about_strangers():
    theirs = make_customer(make_organization("other"))
    mine = make_customer()

    assert log_in("auditor").post(_get_add_note_url(mine), {"description": "x"}).status_code == 403
    assert (
        log_in("support agent").post(_get_add_note_url(theirs), {"description": "x"}).status_code
        == 404
    )
    assert log_in("support agent").get(_get_add_note_url(mine)).status_code == 200


def test_the_page_asks_for_as_much_with_many_as_with_few():
    customer = _make_customer_with_service()
    client = log_in("support agent")
    client.get(_get_page_url(customer))
    few = count_queries(lambda: client.get(_get_page_url(customer)))
    for n in range(5):
        write(customer, make_note(f"Note {n}"))
        make_ticket(customer, f"Matter {n}")

    assert count_queries(lambda: client.get(_get_page_url(customer))) == few
