"""Reading card details: all fields of the reference API, in a constant number of queries."""

from datetime import timedelta

import pytest

from crm.kernel.transactions import unit_of_work
from customers.operations.merge.journal import Journal
from loyalty.errors import CardNumberInvalid, CardUnknown
from loyalty.models import Card, CardStatusChange
from loyalty.operations.cards.expire import expire_cards
from loyalty.operations.merge.moves import merge_cards
from loyalty.queries.cards.cards import CardDetails, CardStatusInfo, get_card, list_card_details
from tests.builders import (
    NOON,
    get_or_make_organization,
    make_customer,
    make_organization,
    make_origin,
    make_till,
)
from tests.card_builders import make_card, make_card_label, make_card_series
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=1)


def details(*customers, now=NOON):
    return list_card_details(
        org_id=get_or_make_organization().pk, customer_ids=[c.pk for c in customers], now=now
    )


def test_tells_all_of_a_card():
    customer, till = make_customer(), make_till()
    active = make_card_label("Active")
    series = make_card_series(
        "422",
        name="sushicard",
        max_active_cards=60,
        expiry_enabled=True,
        expiry_days=9,
        type="DIGITAL",
    )
    card = make_card(
        "visasushi006",
        series,
        customer,
        external_id="orea7",
        extended_fields={"card_balance": 1000.0},
        custom_fields={"cardname": "sushi"},
        mapped_entity={"a": 1},
        issued_by=till,
        created_by=till,
        expires_at=LATER,
    )
    change = CardStatusChange.objects.create(
        card=card, label=active, previous_label=active, reason="r", created_by=till, created_at=NOON
    )

    assert details(customer) == {
        customer.pk: [
            CardDetails(
                id=card.pk,
                org_id=card.org_id,
                number="visasushi006",
                external_id="orea7",
                customer_id=customer.pk,
                series_id=series.pk,
                series_code="422",
                series_name="sushicard",
                type="DIGITAL",
                max_active_cards=60,
                expiry_days=9,
                status="ACTIVE",
                issued_by_id=till.pk,
                issued_at=NOON,
                expires_at=LATER,
                created_by_id=till.pk,
                created_at=NOON,
                custom_fields={"cardname": "sushi"},
                extended_fields={"card_balance": 1000.0},
                mapped_entity={"a": 1},
                info=CardStatusInfo(
                    id=change.pk,
                    label_id=active.pk,
                    label="Active",
                    status="ACTIVE",
                    reason="r",
                    created_by_id=till.pk,
                    created_at=NOON,
                ),
            )
        ]
    }


def test_lists_each_customers_cards_by_two_queries():
    first, second, none = make_customer(), make_customer(), make_customer()
    series = make_card_series()
    for number in "abcdef":
        make_card(number, series, first if number < "e" else second)

    listed = details(first, second, none)

    assert {pk: [card.number for card in cards] for pk, cards in listed.items()} == {
        first.pk: ["a", "b", "c", "d"],
        second.pk: ["e", "f"],
        none.pk: [],
    }
    org_id = get_or_make_organization().pk
    customer_ids = {"org_id": org_id, "customer_ids": [first.pk, second.pk], "now": NOON}
    assert count_queries(lambda: list_card_details(**customer_ids)) == 2
    customer_ids["customer_ids"] = [none.pk]
    assert count_queries(lambda: list_card_details(**customer_ids)) == 1


def test_tells_nothing_of_another_organizations_cards():
    stranger = make_customer(make_organization())
    make_card("1", customer=stranger, external_id="x")

    assert details(stranger) == {stranger.pk: []}
    with pytest.raises(CardUnknown):
        get_card(org_id=get_or_make_organization().pk, now=NOON, number="1")
    with pytest.raises(CardUnknown):
        get_card(org_id=get_or_make_organization().pk, now=NOON, external_id="x")


def test_finds_one_by_number_or_external_id():
    card = make_card("1", external_id="x")
    names = {"org_id": card.org_id, "now": NOON}

    assert get_card(number=1, **names) == get_card(external_id="x", **names)
    assert get_card(number="1", **names).id == card.pk
    with pytest.raises(CardNumberInvalid):
        get_card(number="\x00", **names)


def test_expires_what_is_due_once_and_leaves_it_with_its_customer():
    customer = make_customer()
    series = make_card_series()
    for number, status in (("i", "ISSUED"), ("a", "ACTIVE"), ("s", "SUSPENDED"), ("d", "DELETED")):
        make_card(number, series, customer, status=status, expires_at=NOON)
    make_card("later", series, customer, expires_at=LATER)
    make_card("never", series, customer)
    elsewhere = make_customer(make_organization())
    make_card("e", customer=elsewhere, expires_at=NOON)

    assert unit_of_work(expire_cards)(now=NOON) == 0
    assert {card.status for card in details(customer)[customer.pk]} == {
        "ISSUED",
        "ACTIVE",
        "SUSPENDED",
        "DELETED",
    }
    after = NOON + timedelta(seconds=1)
    assert {c.number: c.status for c in details(customer, now=after)[customer.pk]}["a"] == "EXPIRED"
    assert unit_of_work(expire_cards)(now=after) == 4
    assert unit_of_work(expire_cards)(now=after) == 0

    assert dict(Card.objects.values_list("number", "status")) == {
        "i": "EXPIRED",
        "a": "EXPIRED",
        "s": "EXPIRED",
        "d": "DELETED",
        "later": "ACTIVE",
        "never": "ACTIVE",
        "e": "EXPIRED",
    }
    assert Card.objects.filter(status="EXPIRED", customer=customer).count() == 3
    card = get_card(org_id=customer.org_id, now=after, number="a")
    assert card.info is not None
    assert card.info.reason == "its time is over"


def test_expires_any_number_by_as_many_queries():
    series = make_card_series()
    customer = make_customer()
    make_card("warm", series, customer, expires_at=NOON)
    unit_of_work(expire_cards)(now=LATER)
    make_card("one", series, customer, expires_at=NOON)
    query_count = count_queries(lambda: unit_of_work(expire_cards)(now=LATER))
    for n in range(20):
        make_card(f"c{n}", series, customer, expires_at=NOON)

    assert count_queries(lambda: unit_of_work(expire_cards)(now=LATER)) == query_count <= 10


def test_a_merge_pours_all_cards_beyond_the_limit_and_notes_each():
    survivor, victim = make_customer(), make_customer()
    series = make_card_series(max_active_cards=1)
    make_card("kept", series, survivor)
    cards = [
        make_card("moved", series, victim),
        make_card("dead", series, victim, status="DELETED"),
    ]

    @unit_of_work
    def pour():
        journal = Journal.open(
            origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
        )
        merge_cards(journal=journal, survivor_id=survivor.pk, victim_id=victim.pk)
        return journal.rows

    rows = pour()

    assert {card.number for card in details(survivor)[survivor.pk]} == {"kept", "moved", "dead"}
    assert [(model, row, before, after) for _, model, row, before, after, *_ in rows] == [
        ("loyalty.Card", c.pk, {"customer_id": victim.pk}, {"customer_id": survivor.pk})
        for c in cards
    ]
