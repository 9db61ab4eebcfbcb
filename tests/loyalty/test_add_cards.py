"""Adding cards with external numbers: each number and external id is unique."""

import pytest

from crm.audit.models import Event
from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from customers.models import FieldDefinition
from loyalty.errors import (
    CardExternalIdInvalid,
    CardExternalIdTaken,
    CardExternalRefused,
    CardLabelUnknown,
    CardNumberInvalid,
    CardNumberTaken,
    CardSeriesInactive,
    CardSeriesUnknown,
    CardTransitionRefused,
)
from loyalty.models import Card, CardLabel
from loyalty.operations.cards.add import NewCard, add_card, add_cards
from tests.builders import NOON, make_field, make_organization, make_origin, make_till
from tests.card_builders import make_card, make_card_label, make_card_series
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


def add_cards_of(*cards, **origin):
    return unit_of_work(add_cards)(origin=make_origin(**origin), cards=cards)


def test_adds_a_card_that_nobody_holds_with_all_that_was_said():
    series, till = make_card_series("GOLDPHY98"), make_till()
    for name, kind in (("card_balance", "EXTENDED"), ("cardtype", "CUSTOM")):
        make_field(name, kind=kind, scope=FieldDefinition.Scope.CARD)

    added = unit_of_work(add_card)(
        origin=make_origin(actor=till),
        card=NewCard(
            number=" GOLD00000000000001032021 ",
            series_code="goldphy98",
            external_id="orea7",
            reason="printed",
            custom_fields={"cardtype": "pro card", "unknown": 1},
            extended_fields={"card_balance": "1000", "nothing": None},
            mapped_entity={"code": "store.code"},
        ),
    )

    card = Card.objects.get(pk=added.card_id)
    assert (card.number, card.external_id, card.series, card.status, card.customer) == (
        "GOLD00000000000001032021",
        "orea7",
        series,
        "NOT_ISSUED",
        None,
    )
    assert (card.custom_fields, card.extended_fields) == (
        {"cardtype": "pro card"},
        {"card_balance": "1000"},
    )
    assert card.mapped_entity == {"code": "store.code"}
    assert (card.created_by, card.created_at) == (till, NOON)
    assert [line.reason for line in card.status_changes.all()] == ["printed"]
    assert added.notices == [
        Notice("customers.field_invalid", name="unknown"),
        Notice("customers.extended_field_invalid", name="nothing"),
    ]
    assert Event.objects.get(kind="card.added").subject_id == card.pk


def test_adds_what_it_can_and_says_what_became_of_each():
    series = make_card_series()
    make_card("taken", series, external_id="taken-too")

    outcomes = add_cards_of(
        NewCard(number="new", series_id=series.pk, external_id="x1"),
        NewCard(number="taken", series_id=series.pk),
        NewCard(number="new", series_id=series.pk),
        NewCard(number="other", series_id=series.pk, external_id="taken-too"),
        NewCard(number="another", series_id=series.pk, external_id="x1"),
        NewCard(number="\x00", series_id=series.pk),
        NewCard(number="last", series_id=series.pk, external_id="\x00"),
        NewCard(number="last", series_id=series.pk, label="Lost"),
        NewCard(number="last", series_id=10**30),
        NewCard(number="last"),
        NewCard(number=9_007_199_254, series_id=series.pk),
    )

    assert [type(outcome.refusal) for outcome in outcomes] == [
        type(None),
        CardNumberTaken,
        CardNumberTaken,
        CardExternalIdTaken,
        CardExternalIdTaken,
        CardNumberInvalid,
        CardExternalIdInvalid,
        CardLabelUnknown,
        CardSeriesUnknown,
        CardSeriesUnknown,
        type(None),
    ]
    assert set(Card.objects.values_list("number", flat=True)) == {"taken", "new", "9007199254"}


@pytest.mark.parametrize(
    ("settings", "label", "refusal"),
    [
        ({"takes_external": False}, None, CardExternalRefused),
        ({"is_active": False}, None, CardSeriesInactive),
        ({}, "Active", CardTransitionRefused),
    ],
)
def test_refuses_and_adds_nothing(settings, label, refusal):
    make_card_label("Active")
    series = make_card_series(**settings)

    with pytest.raises(refusal):
        unit_of_work(add_card)(
            origin=make_origin(), card=NewCard(number="1", series_id=series.pk, label=label)
        )

    assert not Card.objects.exists()


def test_a_number_may_be_in_two_organizations():
    elsewhere = make_card_series(org=make_organization())
    make_card("4711", elsewhere, external_id="x")
    series = make_card_series()

    assert (
        add_cards_of(NewCard(number="4711", external_id="x", series_id=series.pk))[0].refusal
        is None
    )
    assert isinstance(
        add_cards_of(NewCard(number="4712", series_id=elsewhere.pk))[0].refusal, CardSeriesUnknown
    )


def test_makes_labels_where_the_organization_has_none():
    make_card_label("Aktiv", "ACTIVE")
    series = make_card_series()

    add_cards_of(NewCard(number="1", series_id=series.pk))
    add_cards_of(NewCard(number="2", series_id=series.pk))

    assert set(CardLabel.objects.values_list("label", "status")) == {
        ("Aktiv", "ACTIVE"),
        ("NOT_ISSUED", "NOT_ISSUED"),
        ("ISSUED", "ISSUED"),
        ("SUSPENDED", "SUSPENDED"),
        ("EXPIRED", "EXPIRED"),
        ("DELETED", "DELETED"),
    }


def test_takes_as_many_queries_for_many_as_for_one():
    series = make_card_series()
    add_cards_of(NewCard(number="first", series_id=series.pk))

    def add_so_many(count):
        add_cards_of(*(NewCard(number=f"{count}-{n}", series_id=series.pk) for n in range(count)))

    assert count_queries(lambda: add_so_many(30)) == count_queries(lambda: add_so_many(2)) <= 14
