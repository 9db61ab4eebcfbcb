"""Card series: created, updated, and identified by their codes."""

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from loyalty.errors import (
    CardConceptUnknown,
    CardSeriesCodeTaken,
    CardSeriesInvalid,
    CardSeriesUnknown,
)
from loyalty.models import CardSeries
from loyalty.operations.cards.series import create_card_series, update_card_series
from loyalty.queries.cards.series import get_card_series, list_card_series, load_card_series_index
from tests.builders import (
    NOON,
    get_or_make_organization,
    make_concept,
    make_organization,
    make_origin,
    make_store,
    make_till,
)
from tests.card_builders import make_card_series

pytestmark = pytest.mark.django_db

SERIES_DATA = {
    "code": "422",
    "name": "sushicard",
    "description": "For those who like it",
    "type": "physical",
    "trigger": "OU_ID",
    "concept_code": "demo.brand",
    "max_active_cards": 60,
    "expiry_enabled": True,
    "expiry_days": 365,
    "prefix": "41",
    "suffix": "7",
    "length": 16,
    "method": "luhn",
}


def create(data, **origin):
    return unit_of_work(create_card_series)(origin=make_origin(**origin), data=data)


def update(series_id, data, **origin):
    unit_of_work(update_card_series)(origin=make_origin(**origin), series_id=series_id, data=data)


def test_sets_up_what_was_asked_for():
    concept, till = make_concept(code="demo.brand"), make_till()

    series_id = create(SERIES_DATA, actor=till)

    row = CardSeries.objects.filter(pk=series_id).values().get()
    assert row == {
        "id": series_id,
        "org_id": get_or_make_organization().pk,
        "code": "422",
        "name": "sushicard",
        "description": "For those who like it",
        "type": "PHYSICAL",
        "trigger": "OU_ID",
        "concept_id": concept.pk,
        "max_active_cards": 60,
        "expiry_enabled": True,
        "expiry_days": 365,
        "generation_enabled": True,
        "takes_external": False,
        "prefix": "41",
        "suffix": "7",
        "length": 16,
        "method": "LUHN",
        "is_active": True,
        "created_by_id": till.pk,
        "created_at": NOON,
        "modified_by_id": till.pk,
        "modified_at": NOON,
    }
    assert Event.objects.get().kind == "card_series.created"


def test_changes_what_is_given_and_tells_the_audit_what_it_was():
    make_concept(code="demo.brand")
    series_id = create(SERIES_DATA)

    update(series_id, {"name": "Maki", "trigger": "REGISTRATION", "expiry_days": 365})

    series = get_card_series(org_id=get_or_make_organization().pk, series_id=series_id)
    assert (series.name, series.trigger, series.concept, series.code) == (
        "Maki",
        "REGISTRATION",
        None,
        "422",
    )
    event = Event.objects.get(kind="card_series.changed")
    assert event.before == {"name": "sushicard", "trigger": "OU_ID", "concept_code": "demo.brand"}
    assert event.after == {"name": "Maki", "trigger": "REGISTRATION", "concept_code": ""}


def test_refuses_a_code_that_another_series_has_in_any_case():
    make_card_series("GOLDPHY98")
    other = make_card_series("15")

    with pytest.raises(CardSeriesCodeTaken):
        create({"code": "goldphy98", "name": "Gold"})
    with pytest.raises(CardSeriesCodeTaken):
        update(other.pk, {"code": "GoldPhy98"})

    assert [row.code for row in list_card_series(org_id=get_or_make_organization().pk)] == [
        "GOLDPHY98",
        "15",
    ]


def test_keeps_its_own_code():
    series = make_card_series("15")

    update(series.pk, {"code": "15", "name": "Fifteen"})

    series.refresh_from_db()
    assert series.name == "Fifteen"


def test_refuses_a_concept_that_is_none():
    make_store(code="demo.brand")

    with pytest.raises(CardConceptUnknown):
        create(SERIES_DATA)

    assert not CardSeries.objects.exists()


def test_refuses_a_setting_and_changes_nothing():
    series = make_card_series("15")

    with pytest.raises(CardSeriesInvalid):
        update(series.pk, {"name": "x", "length": 2, "prefix": "123"})

    series.refresh_from_db()
    assert series.name == "15"


def test_is_of_one_organization_only():
    elsewhere = make_card_series("15", make_organization())

    with pytest.raises(CardSeriesUnknown):
        update(elsewhere.pk, {"name": "mine"})
    with pytest.raises(CardSeriesUnknown):
        get_card_series(org_id=get_or_make_organization().pk, series_id=elsewhere.pk)

    assert create({"code": "15", "name": "15"})


def test_is_found_by_its_id_or_its_code():
    series = make_card_series("FleetCard1")
    other = make_card_series("15")
    book = load_card_series_index(org_id=get_or_make_organization().pk)

    assert book.find(series.pk, None) == series
    assert book.find(None, "fleetcard1") == series
    assert book.find(series.pk, "FleetCard1") == series
    assert book.find(None, None) is None
    for names in ((other.pk, "FleetCard1"), (10**30, None), (None, "nobody")):
        with pytest.raises(CardSeriesUnknown):
            book.find(*names)
