"""Updating cards: label transitions, merged fields, and reasons in the log."""

import pytest

from crm.audit.models import Event
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers.errors import LastIdentifier
from customers.models import FieldDefinition, Identifier, ProfileIdentifier
from customers.queries.customers.search import find_customer_ids
from loyalty.errors import (
    CardEntityInvalid,
    CardExternalIdTaken,
    CardLabelUnknown,
    CardLimitReached,
    CardOfOtherSeries,
    CardSeriesUnknown,
    CardTransitionRefused,
    CardUnknown,
)
from loyalty.models import Card
from loyalty.operations.cards.update import CardUpdate, update_card, update_cards
from loyalty.queries.cards.cards import list_card_log
from tests.builders import NOON, make_customer, make_field, make_organization, make_origin
from tests.card_builders import make_card, make_card_label, make_card_series
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


def update(*changes, **origin):
    return unit_of_work(update_cards)(origin=make_origin(**origin), changes=changes)


def update_one(**fields):
    return unit_of_work(update_card)(origin=make_origin(), change=CardUpdate(**fields))


def test_gives_a_card_its_label_and_details():
    for name, kind in (("card_balance", "EXTENDED"), ("cardtype", "CUSTOM")):
        make_field(name, kind=kind, scope=FieldDefinition.Scope.CARD)
    customer = make_customer()
    blocked = make_card_label("Blocked", "SUSPENDED")
    card = make_card(
        "1", customer=customer, extended_fields={"card_balance": "1"}, custom_fields={"old": "x"}
    )

    changed = update_one(
        number="1",
        label="blocked",
        reason="lost",
        custom_fields={"cardtype": "pro", "no": 1},
        extended_fields={"card_balance": None},
        mapped_entity={"code": "store.code"},
    )

    card.refresh_from_db()
    assert (changed.card_id, changed.notices) == (
        card.pk,
        [Notice("customers.field_invalid", name="no")],
    )
    assert (card.label, card.status, card.customer) == (blocked, "SUSPENDED", customer)
    assert (card.custom_fields, card.extended_fields) == ({"old": "x", "cardtype": "pro"}, {})
    assert card.mapped_entity == {"code": "store.code"}
    assert Identifier.objects.filter(type="cardnumber", customer=customer).exists()
    [line, _] = list_card_log(org_id=card.org_id, card_id=card.pk, limit=10)
    assert (line.label, line.status, line.reason) == ("Blocked", "SUSPENDED", "lost")
    event = Event.objects.get(kind="card.labelled")
    assert (event.before, event.after) == (
        {"label": "ACTIVE"},
        {"label": "Blocked", "reason": "lost"},
    )


def test_says_so_where_the_label_stands_already():
    card = make_card("1", customer=make_customer())

    changed = update_one(number="1", label="active")

    assert changed.notices == [Notice("loyalty.card_label_unchanged", label="ACTIVE")]
    assert len(list_card_log(org_id=card.org_id, card_id=card.pk, limit=10)) == 1


def test_not_issued_takes_the_card_back_from_its_customer():
    customer = make_customer()
    card = make_card("1", customer=customer)

    changed = update_one(number="1", label="NOT_ISSUED", mapped_entity="store.code")

    card.refresh_from_db()
    assert changed.card_id == card.pk
    assert (card.status, card.customer, card.mapped_entity) == ("NOT_ISSUED", None, "store.code")
    assert not Identifier.objects.filter(type="cardnumber").exists()


def test_refuses_and_changes_nothing():
    customer = make_customer()
    series = make_card_series("15", max_active_cards=1)
    make_card("active", series, customer)
    make_card("blocked", series, customer, status="SUSPENDED")
    make_card("free", series, external_id="x")
    make_card("gone", series, status="DELETED")
    make_card("over", customer=customer, external_id="y", expires_at=NOON.replace(hour=11))
    make_card("only", customer=make_customer(identifiers=[]))
    make_card("foreign", make_card_series(org=make_organization()))
    before = list(Card.objects.order_by("pk").values())

    outcomes = update(
        CardUpdate(number="blocked", label="ACTIVE", mapped_entity="no"),
        CardUpdate(number="free", label="ACTIVE"),
        CardUpdate(number="gone", label="NOT_ISSUED"),
        CardUpdate(number="over", label="SUSPENDED"),
        CardUpdate(number="only", label="NOT_ISSUED", mapped_entity="no"),
        CardUpdate(number="foreign", label="DELETED"),
        CardUpdate(number="free", label="Lost"),
        CardUpdate(number="free", external_id="y"),
        CardUpdate(number="free", series_code="16"),
        CardUpdate(number="over", series_code="15"),
        CardUpdate(number="free", mapped_entity="\x00"),
        CardUpdate(external_id="nobody"),
        CardUpdate(number=["free"]),
    )

    assert [type(outcome.refusal).__name__ for outcome in outcomes] == [
        CardLimitReached.__name__,
        CardTransitionRefused.__name__,
        CardTransitionRefused.__name__,
        CardTransitionRefused.__name__,
        LastIdentifier.__name__,
        CardUnknown.__name__,
        CardLabelUnknown.__name__,
        CardExternalIdTaken.__name__,
        CardSeriesUnknown.__name__,
        CardOfOtherSeries.__name__,
        CardEntityInvalid.__name__,
        CardUnknown.__name__,
        "CardNumberInvalid",
    ]
    assert list(Card.objects.order_by("pk").values()) == before
    assert not Event.objects.exists()


def test_changes_of_one_card_in_a_list_see_each_other():
    customer = make_customer()
    series = make_card_series(max_active_cards=1)
    make_card("a", series, customer)
    make_card("b", series, customer, status="SUSPENDED")

    outcomes = update(
        CardUpdate(number="a", label="SUSPENDED"),
        CardUpdate(number="b", label="ACTIVE"),
        CardUpdate(number="a", label="ACTIVE"),
        CardUpdate(external_id=None, number="b", label="NOT_ISSUED"),
        CardUpdate(number="b", label="ACTIVE"),
    )

    assert [type(outcome.refusal) for outcome in outcomes] == [
        type(None),
        type(None),
        CardLimitReached,
        type(None),
        CardTransitionRefused,
    ]
    assert dict(Card.objects.values_list("number", "status")) == {
        "a": "SUSPENDED",
        "b": "NOT_ISSUED",
    }


def test_takes_as_many_queries_for_many_as_for_one():
    series = make_card_series()
    cards = [make_card(None, series, make_customer()) for _ in range(13)]
    update(CardUpdate(number=cards[0].number, label="SUSPENDED"))

    def update_some(chosen_cards):
        update(*(CardUpdate(number=card.number, label="SUSPENDED") for card in chosen_cards))

    few = count_queries(lambda: update_some(cards[1:3]))

    assert count_queries(lambda: update_some(cards[3:])) == few <= 14


def card_keys(customer):
    held = ProfileIdentifier.objects.filter(profile__customer=customer)
    keys = held.values_list("identifier__type", "identifier__value")
    return sorted(key for key in keys if key[0].startswith("card"))


@pytest.mark.parametrize("before", [None, "old"])
def test_gives_a_card_another_external_id_by_which_its_holder_is_found(before):
    customer = make_customer()
    card = make_card("1", customer=customer, external_id=before)

    update_one(number="1", external_id=" new\u200b ", mapped_entity="x")

    card.refresh_from_db()
    assert (card.external_id, card.mapped_entity) == ("new", "x")
    assert card_keys(customer) == [("cardExternalId", "new"), ("cardnumber", "1")]
    assert find_customer_ids(org_id=customer.org_id, text="new", limit=5) == [customer.pk]
    assert find_customer_ids(org_id=customer.org_id, text="old", limit=5) == []
    event = Event.objects.get(kind="card.external_id_changed")
    assert (event.before, event.after) == ({"external_id": before}, {"external_id": "new"})
    update_one(number="1", external_id="new")
    assert Event.objects.filter(kind="card.external_id_changed").count() == 1


def test_gives_an_external_id_once_in_a_list_and_with_what_is_accepted_only():
    customer = make_customer(identifiers=[])
    make_card("1", customer=customer)
    make_card("2")
    make_card("3", status="DELETED")

    outcomes = update(
        CardUpdate(number="1", external_id="a", label="NOT_ISSUED"),
        CardUpdate(number="3", external_id="b", label="NOT_ISSUED"),
        CardUpdate(number="2", external_id="b"),
        CardUpdate(number="3", external_id="b"),
    )

    assert [type(outcome.refusal).__name__ for outcome in outcomes] == [
        "LastIdentifier",
        "CardTransitionRefused",
        "NoneType",
        "CardExternalIdTaken",
    ]
    assert dict(Card.objects.values_list("number", "external_id")) == {
        "1": None,
        "2": "b",
        "3": None,
    }


def test_delinks_a_card_with_its_old_external_id_and_keeps_the_new_one():
    customer = make_customer()
    card = make_card("1", customer=customer, external_id="old")

    update_one(number="1", external_id="new", label="NOT_ISSUED")

    card.refresh_from_db()
    assert (card.external_id, card.customer) == ("new", None)
    assert card_keys(customer) == []
