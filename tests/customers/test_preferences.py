"""Setting preferences: valid fields and the preferred store are saved."""

import pytest

from crm.audit.models import Event
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers import notices
from customers.errors import CustomerMerged, CustomerUnknown, PreferencesNone, PreferencesNotUpdated
from customers.models import Preferences
from customers.operations.preferences import StoreReference, set_preferences
from customers.queries.preferences import get_preferences
from tests.builders import (
    NOON,
    make_customer,
    make_field,
    make_organization,
    make_origin,
    make_store,
    make_till,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fields():
    for name in ("Favorite Brand", "Favorite Color"):
        make_field(name, kind="CUSTOM", scope="PREFERENCE")


def set_(customer, fields=None, store=None, **origin):
    return unit_of_work(set_preferences)(
        origin=make_origin(org=customer.org, **origin),
        customer_id=customer.pk,
        fields=fields,
        store=store,
    )


def preferences_of(customer):
    return get_preferences(org_id=customer.org_id, customer_id=customer.pk)


def test_keeps_fields_and_store_and_tells_the_audit():
    customer, store, till = make_customer(), make_store(code="s.1", name="Store 1"), make_till()

    outcome = set_(
        customer, {"favorite brand": "Puma"}, StoreReference(code_or_name="s.1", id=7), actor=till
    )

    kept = preferences_of(customer)
    assert kept.fields == {"Favorite Brand": "Puma"}
    assert (kept.store_id, kept.store_code, kept.store_name) == (store.pk, "s.1", "Store 1")
    assert (outcome.changed, outcome.store, outcome.notices) == (True, store, [])
    event = Event.objects.get(kind="customer.preferences_changed")
    assert (event.subject_id, event.actor) == (customer.pk, till)
    assert event.before == {"preferences": {}, "preferred_store": None}
    assert event.after == {
        "preferences": {"Favorite Brand": "Puma"},
        "preferred_store": "Store 1",
    }


def test_leaves_what_is_not_named_and_takes_away_what_is_blank():
    customer = make_customer()
    set_(customer, {"Favorite Brand": "Puma", "Favorite Color": "Blue"})

    set_(customer, {"Favorite Color": "Green", "Favorite Brand": ""})

    assert preferences_of(customer).fields == {"Favorite Color": "Green"}


def test_leaves_no_trace_when_nothing_differs():
    customer = make_customer()
    set_(customer, {"Favorite Color": "Blue"})

    again = set_(customer, {"Favorite Color": "Blue"})

    assert not again.changed
    assert Event.objects.filter(kind="customer.preferences_changed").count() == 1


@pytest.mark.parametrize(
    "named",
    [
        StoreReference(code_or_name="s.1"),
        StoreReference(code_or_name="Store 1"),
        StoreReference(code_or_name=" s.1 ", id=10**30),
    ],
)
def test_finds_the_store_by_code_or_name(named):
    customer, store = make_customer(), make_store(code="s.1", name="Store 1")

    assert set_(customer, store=named).store == store


def test_finds_the_store_by_its_number_where_the_code_is_unknown():
    customer, store = make_customer(), make_store()

    assert set_(customer, store=StoreReference(code_or_name="nowhere", id=store.pk)).store == store


def test_a_field_may_name_the_store_too():
    customer, store = make_customer(), make_store(code="s.1")

    set_(customer, {"preferred_store": "s.1"})

    assert preferences_of(customer).store_id == store.pk
    assert preferences_of(customer).fields == {}


@pytest.mark.parametrize("blank", ["", " ", None])
def test_a_blank_field_takes_the_store_away(blank):
    customer, store = make_customer(), make_store()
    set_(customer, {"Favorite Color": "Blue"}, StoreReference(code_or_name=store.code))

    set_(customer, {"PREFERRED_STORE": blank})

    assert preferences_of(customer).store_id is None
    assert preferences_of(customer).fields == {"Favorite Color": "Blue"}
    event = Event.objects.filter(kind="customer.preferences_changed").latest("pk")
    assert (event.before, event.after) == (
        {"preferred_store": str(store)},
        {"preferred_store": None},
    )


def test_saves_the_rest_and_notices_what_was_left_out():
    customer = make_customer()
    theirs = make_store(make_organization("other"), code="theirs")

    outcome = set_(
        customer,
        {"Favorite Color": "Blue", "Shoe size": "42"},
        StoreReference(code_or_name="theirs", id=theirs.pk),
    )

    assert preferences_of(customer).fields == {"Favorite Color": "Blue"}
    assert preferences_of(customer).store_id is None
    assert outcome.notices == [
        Notice(notices.FIELD_INVALID, name="Shoe size", reason="unknown"),
        Notice(notices.PREFERRED_STORE_UNKNOWN),
        Notice(notices.PREFERENCES_PARTLY),
    ]


@pytest.mark.parametrize(
    ("fields", "store"),
    [
        ({}, None),
        ({"Shoe size": "42"}, None),
        ({}, StoreReference(code_or_name="nowhere")),
        ({}, StoreReference(code_or_name="a\0b")),
        ({}, StoreReference()),
    ],
)
def test_refuses_a_wish_of_which_nothing_can_be_kept(fields, store):
    customer = make_customer()

    with pytest.raises(PreferencesNotUpdated):
        set_(customer, fields, store)

    assert not Preferences.objects.exists()


def test_says_when_nothing_is_preferred_or_any_more():
    customer = make_customer()
    with pytest.raises(PreferencesNone):
        preferences_of(customer)
    set_(customer, {"Favorite Color": "Blue"})
    set_(customer, {"Favorite Color": " "})

    with pytest.raises(PreferencesNone):
        preferences_of(customer)


def test_refuses_strangers_and_those_who_were_merged():
    theirs = make_customer(make_organization("other"))
    victim = make_customer(merged_into=make_customer())
    origin = make_origin(at=NOON)

    with pytest.raises(CustomerUnknown):
        unit_of_work(set_preferences)(
            origin=origin, customer_id=theirs.pk, fields={"Favorite Color": "Blue"}
        )
    with pytest.raises(CustomerMerged):
        unit_of_work(set_preferences)(
            origin=origin, customer_id=victim.pk, fields={"Favorite Color": "Blue"}
        )
