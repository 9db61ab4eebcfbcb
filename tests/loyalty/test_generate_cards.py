"""Generating card numbers: unpredictable and unique, in any quantity."""

from itertools import count

import pytest
from django.utils import timezone

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.runs.models import Run
from crm.runs.worker_turn import run_turn
from loyalty.errors import (
    CardCountInvalid,
    CardGenerationDisabled,
    CardLabelUnknown,
    CardSeriesInactive,
    CardSeriesUnknown,
    CardSpaceTooSmall,
    CardTransitionRefused,
)
from loyalty.models import Card, CardGeneration, CardStatusChange
from loyalty.operations.cards import generate as card_generation
from loyalty.operations.cards.generate import generate_cards, start_generation
from loyalty.queries.cards.series import list_generations
from loyalty.rules.card_numbers import is_luhn_valid
from tests.builders import NOON, get_or_make_organization, make_organization, make_origin, make_till
from tests.card_builders import make_card, make_card_label, make_card_series

pytestmark = pytest.mark.django_db


def generate(series, how_many, label=None, **origin):
    return unit_of_work(generate_cards)(
        origin=make_origin(**origin), series_id=series.pk, count=how_many, label=label
    )


def start(series, how_many):
    return unit_of_work(start_generation)(
        origin=make_origin(at=timezone.now()), series_id=series.pk, count=how_many
    )


def work(run_id, turns=50):
    """Take the run's turns as a worker would, until it is over."""
    for _ in range(turns):
        run = Run.objects.get(pk=run_id)
        if run.finished_at is not None:
            return run
        run_turn(run_id=run_id, ticket=run.lease_token)
    raise AssertionError(f"still {run.state} after {turns} turns")


def test_makes_numbers_of_the_series_that_nobody_holds():
    series = make_card_series(prefix="41", suffix="7", length=16, method="LUHN")
    till = make_till()

    numbers = generate(series, 25, actor=till)

    assert len(set(numbers)) == 25
    assert numbers == sorted(numbers)
    assert all(is_luhn_valid(number) and number.startswith("41") for number in numbers)
    cards = Card.objects.filter(series=series)
    assert {card.number for card in cards} == set(numbers)
    assert set(cards.values_list("status", "label__label", "customer", "created_by")) == {
        ("NOT_ISSUED", "NOT_ISSUED", None, till.pk)
    }
    assert CardStatusChange.objects.filter(card__in=cards, previous_label=None).count() == 25
    [log] = list_generations(org_id=series.org_id, series_id=series.pk, limit=10)
    assert (log.count, log.made, log.created_by, log.created_at) == (25, 25, till, NOON)
    assert Event.objects.get().after == {"generation": log.pk, "count": 25}


def test_gives_the_label_named_if_it_stands_for_not_issued():
    make_card_label("In the drawer", "NOT_ISSUED")
    make_card_label("Active", "ACTIVE")
    series = make_card_series()

    generate(series, 1, label="IN THE DRAWER")

    assert Card.objects.get().label.label == "In the drawer"
    with pytest.raises(CardTransitionRefused):
        generate(series, 1, label="Active")
    with pytest.raises(CardLabelUnknown):
        generate(series, 1, label="Lost")
    assert Card.objects.count() == 1


def test_draws_again_where_a_number_is_there_already(monkeypatch):
    series = make_card_series(prefix="", length=3)
    make_card("500", series)
    draws = iter([{"500", "501"}, {"501"}, {"502"}])
    monkeypatch.setattr(card_generation, "draw_numbers", lambda pattern, count: next(draws))

    assert generate(series, 2) == ["501", "502"]


@pytest.mark.parametrize(
    ("settings", "count", "refusal"),
    [
        ({"is_active": False}, 1, CardSeriesInactive),
        ({"generation_enabled": False}, 1, CardGenerationDisabled),
        ({}, 0, CardCountInvalid),
        ({}, -1, CardCountInvalid),
        ({}, 5_001, CardCountInvalid),
        ({"length": 3}, 101, CardSpaceTooSmall),
    ],
)
def test_refuses_and_makes_none(settings, count, refusal):
    series = make_card_series(**settings)

    with pytest.raises(refusal):
        generate(series, count)

    assert not Card.objects.exists()
    assert not CardGeneration.objects.exists()


def test_refuses_a_series_of_another_organization():
    with pytest.raises(CardSeriesUnknown):
        generate(make_card_series(org=make_organization()), 1)
    with pytest.raises(CardSeriesUnknown):
        unit_of_work(generate_cards)(origin=make_origin(), series_id=10**30, count=1)


def test_a_run_makes_them_in_chunks_with_progress(monkeypatch):
    monkeypatch.setattr(card_generation, "CHUNK_SIZE", 40)
    series = make_card_series()

    order = start(series, 100)
    run = work(order.run_id)

    order.refresh_from_db()
    assert (run.state, run.done, run.total) == ("DONE", 100, 100)
    assert (order.made, Card.objects.filter(generation=order).count()) == (100, 100)


def test_a_run_that_was_stopped_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(card_generation, "CHUNK_SIZE", 10)
    monkeypatch.setattr("crm.runs.worker_turn.TURN_SECONDS", 0.0)
    series = make_card_series()
    order = start(series, 35)
    run_turn(run_id=order.run_id, ticket=Run.objects.get().lease_token)
    order.refresh_from_db()
    assert order.made == Card.objects.count() == 10

    run = work(order.run_id)

    order.refresh_from_db()
    assert (run.state, run.done) == ("DONE", 35)
    assert order.made == Card.objects.count() == 35


def test_a_chunk_that_dies_leaves_nothing_and_is_made_again(monkeypatch):
    monkeypatch.setattr(card_generation, "CHUNK_SIZE", 10)
    order = start(make_card_series(), 30)
    make_cards, calls = card_generation.make_cards, count(1)

    def die_once(**options):
        made = make_cards(**options)
        if next(calls) == 2:
            raise ConnectionError("the cable")
        return made

    monkeypatch.setattr(card_generation, "make_cards", die_once)
    run_turn(run_id=order.run_id, ticket=Run.objects.get().lease_token)
    assert Card.objects.count() == Run.objects.get().done == 10

    run = work(order.run_id)

    order.refresh_from_db()
    assert (run.state, run.done) == ("DONE", 30)
    assert order.made == Card.objects.count() == CardStatusChange.objects.count() == 30


def test_what_runs_have_still_to_make_counts_as_made():
    series = make_card_series(length=4)
    start(series, 900)

    with pytest.raises(CardSpaceTooSmall) as refusal:
        generate(series, 101)

    assert refusal.value.facts == {"left": 100}
    assert len(generate(series, 100)) == 100


def test_takes_as_many_queries_for_many_as_for_one(django_assert_max_num_queries):
    series = make_card_series()
    generate(series, 1)

    with django_assert_max_num_queries(20):
        generate(series, 500)

    assert get_or_make_organization().pk == series.org_id
