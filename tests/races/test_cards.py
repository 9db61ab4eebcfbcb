"""Concurrent requests for one card or one limit: one of them wins, and nothing is half done."""

from collections import Counter

import pytest
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from crm.runs.models import Run
from crm.runs.operations.recovery import requeue_lost_runs
from crm.runs.worker_turn import run_turn
from customers.models import Identifier, ProfileIdentifier
from loyalty.models import Card, CardStatusChange
from loyalty.operations.cards import generate as card_generation
from loyalty.operations.cards.add import NewCard, add_card
from loyalty.operations.cards.delink import DelinkRequest, delink_card
from loyalty.operations.cards.expire import expire_cards
from loyalty.operations.cards.generate import generate_cards, start_generation
from loyalty.operations.cards.issue import CardIssueRequest, issue_card, issue_cards
from tests.builders import NOON, get_or_make_source_account, make_customer, make_origin
from tests.card_builders import get_or_make_card_label, make_card, make_card_series
from tests.races.threads import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def issuing(customer, number=None, **fields):
    origin, account = make_origin(), get_or_make_source_account()
    request = CardIssueRequest(
        customer_id=customer.pk, source_account_id=account.pk, number=number, **fields
    )
    return lambda: unit_of_work(issue_card)(origin=origin, request=request)


def refusals(results):
    return Counter(result for result in results if isinstance(result, str))


@pytest.fixture(autouse=True)
def _labels():
    for status in ("NOT_ISSUED", "ISSUED", "ACTIVE", "SUSPENDED", "EXPIRED", "DELETED"):
        get_or_make_card_label(status)


def test_of_customers_who_take_one_card_one_wins():
    customers = [make_customer() for _ in range(8)]
    make_card("1")

    results = at_once(*(issuing(customer, "1") for customer in customers))

    assert refusals(results) == {"loyalty.card_taken": 7}
    holder = Card.objects.get().customer
    assert Identifier.objects.get(type="cardnumber").customer == holder
    assert CardStatusChange.objects.count() == 2


def test_a_number_from_outside_that_many_bring_is_added_once():
    customers = [make_customer() for _ in range(8)]
    make_card_series("GOLDPHY98")

    results = at_once(*(issuing(c, "new", series_code="GOLDPHY98") for c in customers))

    assert refusals(results) == {"loyalty.card_taken": 7}
    assert Identifier.objects.get(type="cardnumber").customer == Card.objects.get().customer


def test_a_customer_never_gets_more_than_the_limit():
    customer = make_customer()
    series = make_card_series(max_active_cards=3)
    for n in range(8):
        make_card(f"c{n}", series)

    results = at_once(
        *(issuing(customer, f"c{n}") for n in range(4)),
        *(issuing(customer, series_id=series.pk) for _ in range(4)),
    )

    assert refusals(results) == {"loyalty.card_limit_reached": 5}
    assert Card.objects.filter(customer=customer).count() == 3
    assert ProfileIdentifier.objects.filter(identifier__type="cardnumber").count() == 3


def test_lists_in_opposite_orders_issue_each_card_once():
    customers = [make_customer() for _ in range(20)]
    series, account, origin = make_card_series(), get_or_make_source_account(), make_origin()
    requests = [
        CardIssueRequest(
            customer_id=customer.pk,
            source_account_id=account.pk,
            number=f"n{n}",
            series_id=series.pk,
        )
        for n, customer in enumerate(customers)
    ]
    issue = unit_of_work(issue_cards)

    at_once(
        *(
            lambda chosen_requests=chosen_requests: issue(origin=origin, requests=chosen_requests)
            for chosen_requests in (
                requests,
                requests[::-1],
                requests[7:] + requests[:7],
                requests[::2],
            )
        )
    )

    assert Card.objects.filter(customer__isnull=False).count() == 20
    assert Identifier.objects.filter(type="cardnumber").count() == 20


def test_taking_back_and_expiring_and_issuing_at_once_keep_cards_and_identifiers_in_step():
    origin, series = make_origin(), make_card_series()
    customers = [make_customer() for _ in range(12)]
    cards = [make_card(f"h{n}", series, c, expires_at=NOON) for n, c in enumerate(customers)]
    late = make_origin(at=timezone.now())

    at_once(
        *(
            lambda card=card: unit_of_work(delink_card)(
                origin=origin, request=DelinkRequest(number=card.number)
            )
            for card in cards[:6]
        ),
        lambda: unit_of_work(expire_cards)(now=late.at),
        lambda: unit_of_work(expire_cards)(now=late.at),
        *(issuing(customer, card.number) for customer, card in zip(customers, cards, strict=True)),
    )

    held = dict(Card.objects.filter(customer__isnull=False).values_list("number", "customer_id"))
    assert (
        dict(Identifier.objects.filter(type="cardnumber").values_list("value", "customer_id"))
        == held
    )


def test_a_number_added_at_once_by_several_is_there_once():
    origin, series = make_origin(), make_card_series()
    card = NewCard(number="1", external_id="x", series_id=series.pk)

    results = at_once(*[lambda: unit_of_work(add_card)(origin=origin, card=card)] * 8)

    assert refusals(results) == {"loyalty.card_number_taken": 7}
    assert Card.objects.count() == 1


def test_orders_at_once_never_make_more_than_the_space_allows():
    origin, series = make_origin(), make_card_series(length=3)
    generate = unit_of_work(generate_cards)

    results = at_once(*[lambda: generate(origin=origin, series_id=series.pk, count=40)] * 6)

    assert refusals(results) == {"loyalty.card_space_too_small": 4}
    assert Card.objects.count() == 80


def test_two_workers_at_one_order_make_each_card_once(monkeypatch):
    monkeypatch.setattr(card_generation, "CHUNK_SIZE", 20)
    series = make_card_series()
    order = unit_of_work(start_generation)(
        origin=make_origin(at=timezone.now()), series_id=series.pk, count=200
    )
    ticket = Run.objects.get().lease_token

    at_once(*[lambda: run_turn(run_id=order.run_id, ticket=ticket)] * 4)
    unit_of_work(requeue_lost_runs)(now=timezone.now(), is_gone=lambda holder: True)

    order.refresh_from_db()
    assert order.made == Card.objects.count() == 200
    assert Run.objects.get().state == "DONE"
