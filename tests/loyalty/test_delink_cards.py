"""Delinking cards: they are free again, and no customer is found by them any more."""

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.errors import LastIdentifier
from customers.models import Identifier, ProfileIdentifier, SearchKey
from loyalty.errors import (
    CardLabelUnknown,
    CardNotHeld,
    CardNumberInvalid,
    CardTransitionRefused,
    CardUnknown,
)
from loyalty.models import Card
from loyalty.operations.cards.delink import DelinkRequest, delink_card, delink_cards
from loyalty.operations.cards.issue import CardIssueRequest, issue_card
from loyalty.queries.cards.cards import list_card_log
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_organization,
    make_origin,
    make_profile,
)
from tests.card_builders import make_card, make_card_label, make_card_series
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


def delink(*requests):
    return unit_of_work(delink_cards)(origin=make_origin(), requests=requests)


def test_takes_a_card_back_from_every_profile():
    customer = make_customer(identifiers=[("mobile", "919010000022")])
    make_profile(customer, get_or_make_source_account("WECHAT", "22232"))
    card = make_card("visa006", customer=customer, external_id="orea7", expires_at=NOON)

    delinked = unit_of_work(delink_card)(
        origin=make_origin(),
        request=DelinkRequest(number="visa006", customer_id=customer.pk, reason="handed in"),
    )

    assert (delinked.card_id, delinked.customer_id) == (card.pk, customer.pk)
    card.refresh_from_db()
    assert (card.status, card.customer, card.issued_at, card.expires_at) == (
        "NOT_ISSUED",
        None,
        None,
        None,
    )
    assert [i.type for i in Identifier.objects.filter(customer=customer)] == ["mobile"]
    assert ProfileIdentifier.objects.count() == 1
    assert not SearchKey.objects.filter(text__in=["visa006", "orea7"]).exists()
    line = list_card_log(org_id=card.org_id, card_id=card.pk, limit=1)[0]
    assert (line.status, line.reason) == ("NOT_ISSUED", "handed in")
    event = Event.objects.get(kind="card.delinked")
    assert event.before == {"label": "ACTIVE", "customer": customer.pk}


def test_what_was_taken_back_can_be_issued_to_somebody_else():
    card, other = make_card("1", customer=make_customer()), make_customer()
    delink(DelinkRequest(number="1"))

    unit_of_work(issue_card)(
        origin=make_origin(),
        request=CardIssueRequest(
            customer_id=other.pk, source_account_id=get_or_make_source_account().pk, number="1"
        ),
    )

    card.refresh_from_db()
    assert card.customer == other


def test_refuses_and_changes_nothing():
    customer = make_customer()
    make_card_label("Drawer", "NOT_ISSUED")
    series = make_card_series()
    make_card("held", series, customer)
    make_card("free", series)
    make_card("gone", series, customer, status="DELETED")
    make_card("foreign", customer=make_customer(make_organization()))
    only = make_customer(identifiers=[])
    make_card("only", series, only, external_id="only-too")
    before = list(Card.objects.order_by("pk").values())

    outcomes = delink(
        DelinkRequest(number="held", customer_id=only.pk),
        DelinkRequest(number="held", label="ACTIVE"),
        DelinkRequest(number="held", label="Lost"),
        DelinkRequest(number="free"),
        DelinkRequest(number="gone"),
        DelinkRequest(number="foreign"),
        DelinkRequest(number="\x00"),
        DelinkRequest(number="only"),
    )

    assert [type(outcome.refusal) for outcome in outcomes] == [
        CardNotHeld,
        CardTransitionRefused,
        CardLabelUnknown,
        CardNotHeld,
        CardTransitionRefused,
        CardUnknown,
        CardNumberInvalid,
        LastIdentifier,
    ]
    assert list(Card.objects.order_by("pk").values()) == before
    assert Identifier.objects.filter(type="cardnumber").count() == 4


def test_of_two_in_a_list_the_last_identifier_stays():
    customer = make_customer(identifiers=[])
    make_card("a", customer=customer)
    make_card("b", customer=customer)

    outcomes = delink(
        DelinkRequest(number="a"), DelinkRequest(number="a"), DelinkRequest(number="b")
    )

    assert [type(outcome.refusal) for outcome in outcomes] == [
        type(None),
        CardNotHeld,
        LastIdentifier,
    ]
    assert Identifier.objects.get(customer=customer).value == "b"


def test_takes_as_many_queries_for_many_as_for_one():
    series = make_card_series()
    cards = [make_card(None, series, make_customer()) for _ in range(13)]
    delink(DelinkRequest(number=cards[0].number))

    def delink_some(chosen_cards):
        delink(*(DelinkRequest(number=card.number) for card in chosen_cards))

    few = count_queries(lambda: delink_some(cards[1:3]))

    assert count_queries(lambda: delink_some(cards[3:])) == few <= 28
