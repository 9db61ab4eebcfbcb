"""Cards on registration: new customers get the cards of the series that apply, and no others."""

import pytest

from crm.kernel.transactions import unit_of_work
from loyalty.errors import CardLimitReached
from loyalty.models import Card
from loyalty.operations.cards.issue_on_registration import Newcomer, issue_on_registration
from tests.builders import (
    get_or_make_source_account,
    make_concept,
    make_customer,
    make_organization,
    make_origin,
    make_store,
    make_till,
)
from tests.card_builders import make_card_series
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


def make_newcomer(customer, till=None):
    return Newcomer(
        customer_id=customer.pk,
        source_account_id=get_or_make_source_account().pk,
        registered_by_id=till.pk if till else None,
    )


def issue_cards_to(*newcomers):
    return unit_of_work(issue_on_registration)(origin=make_origin(), newcomers=newcomers)


def test_gives_a_card_of_each_series_meant_for_them():
    concept = make_concept()
    inside = make_till(parent=make_store(parent=concept))
    outside = make_till()
    for_all = make_card_series(trigger="REGISTRATION", prefix="1")
    for_concept = make_card_series(trigger="OU_ID", concept=concept, prefix="2")
    make_card_series(trigger="SERIES_ID")
    make_card_series(trigger="REGISTRATION", is_active=False)
    make_card_series(trigger="REGISTRATION", generation_enabled=False)
    make_card_series(org=make_organization(), trigger="REGISTRATION")
    first, second, third = make_customer(), make_customer(), make_customer()

    issued = issue_cards_to(
        make_newcomer(first, inside), make_newcomer(second, outside), make_newcomer(third)
    )

    assert [[card.number[0] for card in cards] for cards in issued] == [["1", "2"], ["1"], ["1"]]
    assert list(
        Card.objects.order_by("customer", "series").values_list("customer", "series", "status")
    ) == [
        (first.pk, for_all.pk, "ISSUED"),
        (first.pk, for_concept.pk, "ISSUED"),
        (second.pk, for_all.pk, "ISSUED"),
        (third.pk, for_all.pk, "ISSUED"),
    ]


def test_keeps_to_the_limit_of_a_series():
    customer = make_customer()
    make_card_series(trigger="REGISTRATION", max_active_cards=1)

    [first] = issue_cards_to(make_newcomer(customer))
    [second] = issue_cards_to(make_newcomer(customer))

    assert first[0].refusal is None
    assert isinstance(second[0].refusal, CardLimitReached)


def test_asks_once_where_no_series_is_meant_for_newcomers():
    make_card_series()
    newcomers = [make_newcomer(make_customer()) for _ in range(3)]
    origin = make_origin()

    queries = count_queries(
        lambda: unit_of_work(issue_on_registration)(origin=origin, newcomers=newcomers)
    )

    assert queries == 3  # the savepoint, the series, the savepoint's end


def test_takes_as_many_queries_for_many_as_for_one():
    make_card_series(trigger="OU_ID", concept=(concept := make_concept()))
    till = make_till(parent=make_store(parent=concept))
    newcomers = [make_newcomer(make_customer(), till) for _ in range(12)]
    issue_cards_to(newcomers[0])

    few = count_queries(lambda: issue_cards_to(*newcomers[1:3]))

    assert count_queries(lambda: issue_cards_to(*newcomers[3:])) == few
    assert Card.objects.count() == 12
