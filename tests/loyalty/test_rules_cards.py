"""The rules of cards: numbers that cannot be guessed, and status transitions."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loyalty.errors import (
    CardEntityInvalid,
    CardLimitReached,
    CardSeriesInvalid,
    CardSpaceTooSmall,
    CardTaken,
    CardTransitionRefused,
)
from loyalty.rules.card_details import read_entity
from loyalty.rules.card_numbers import (
    NumberPattern,
    check_pattern,
    check_space,
    draw_numbers,
    is_luhn_valid,
)
from loyalty.rules.card_series import CardSeriesSettings, apply_series_changes
from loyalty.rules.cards import (
    STATUSES,
    check_card_limit,
    check_issue,
    check_transition,
    get_card_expiry,
    get_status_at,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("number", ["79927398713", "4111111111111111", "0", "18"])
def test_knows_numbers_that_add_up(number):
    assert is_luhn_valid(number)


@pytest.mark.parametrize("number", ["79927398710", "4111111111111112", "", "1a8", "\uff11\uff18"])
def test_knows_numbers_that_do_not_add_up(number):
    assert not is_luhn_valid(number)


@pytest.mark.parametrize(
    ("prefix", "suffix"), [("", ""), ("4", ""), ("41", "7"), ("", "12"), ("9", "123")]
)
def test_makes_whole_numbers_that_add_up_wherever_the_check_digit_stands(prefix, suffix):
    drawn = draw_numbers(NumberPattern(prefix, suffix, 16, luhn=True), 200)

    assert len(drawn) == 200
    assert {len(number) for number in drawn} == {16}
    assert all(is_luhn_valid(number) for number in drawn)
    assert all(number.startswith(prefix) and number.endswith(suffix) for number in drawn)


def test_makes_numbers_with_prefix_and_suffix_counted_in():
    drawn = draw_numbers(NumberPattern("TTM-", "ZS", 20, luhn=False), 100)

    assert {(number[:4], number[-2:], len(number)) for number in drawn} == {("TTM-", "ZS", 20)}
    assert all(number[4:-2].isdigit() for number in drawn)


@pytest.mark.parametrize(
    ("pattern", "field"),
    [
        (NumberPattern("a b", "", 16, luhn=False), "prefix"),
        (NumberPattern("", "é", 16, luhn=False), "suffix"),
        (NumberPattern("AB", "", 16, luhn=True), "prefix"),
        (NumberPattern("12345", "", 5, luhn=False), "length"),
        (NumberPattern("1234", "", 5, luhn=True), "length"),
        (NumberPattern("", "", 41, luhn=False), "length"),
    ],
)
def test_refuses_patterns_that_make_no_number(pattern, field):
    with pytest.raises(CardSeriesInvalid) as refusal:
        check_pattern(pattern)

    assert refusal.value.facts == {"field": field}


def test_keeps_nine_of_ten_numbers_free():
    pattern = NumberPattern("1", "", 4, luhn=False)

    check_space(pattern, existing_count=90, new_count=10)
    with pytest.raises(CardSpaceTooSmall) as refusal:
        check_space(pattern, existing_count=90, new_count=11)

    assert refusal.value.facts == {"left": 10}


def test_what_may_follow():
    allowed = set()
    for present in STATUSES:
        for wanted in STATUSES:
            with suppress(CardTransitionRefused):
                check_transition(present, wanted)
                allowed.add((present, wanted))

    assert allowed - {(status, status) for status in STATUSES} == {
        ("NOT_ISSUED", "DELETED"),
        ("ISSUED", "ACTIVE"),
        ("ISSUED", "SUSPENDED"),
        ("ISSUED", "EXPIRED"),
        ("ISSUED", "DELETED"),
        ("ACTIVE", "SUSPENDED"),
        ("ACTIVE", "EXPIRED"),
        ("ACTIVE", "DELETED"),
        ("SUSPENDED", "ACTIVE"),
        ("SUSPENDED", "EXPIRED"),
        ("SUSPENDED", "DELETED"),
        ("EXPIRED", "DELETED"),
    }


def test_who_may_be_given_a_card():
    check_issue(current="NOT_ISSUED", new="ACTIVE", holder_id=None, customer_id=1)
    check_issue(current="ISSUED", new="ACTIVE", holder_id=1, customer_id=1)
    with pytest.raises(CardTaken):
        check_issue(current="ACTIVE", new="ACTIVE", holder_id=2, customer_id=1)
    with pytest.raises(CardTransitionRefused):
        check_issue(current="DELETED", new="ACTIVE", holder_id=None, customer_id=1)
    with pytest.raises(CardTransitionRefused):
        check_issue(current="NOT_ISSUED", new="EXPIRED", holder_id=None, customer_id=1)


def test_a_limit_allows_so_many_and_none_allows_all():
    check_card_limit(held_count=1, limit=2)
    check_card_limit(held_count=1_000, limit=None)
    with pytest.raises(CardLimitReached) as refusal:
        check_card_limit(held_count=2, limit=2)

    assert refusal.value.facts == {"limit": 2}


def test_a_card_expires_at_the_end_of_its_last_day_in_the_organizations_zone():
    zone = ZoneInfo("Asia/Kolkata")

    assert get_card_expiry(issued_at=NOON, days=1, zone=zone) == datetime(
        2026, 3, 3, 18, 29, 59, tzinfo=UTC
    )
    assert get_card_expiry(issued_at=NOON, days=0, zone=zone) is None


def test_a_card_counts_as_expired_before_the_sweep_has_passed():
    assert get_status_at("ACTIVE", NOON, NOON) == "ACTIVE"
    assert get_status_at("ACTIVE", NOON - timedelta(seconds=1), NOON) == "EXPIRED"
    assert get_status_at("DELETED", NOON - timedelta(seconds=1), NOON) == "DELETED"
    assert get_status_at("ACTIVE", None, NOON) == "ACTIVE"


def test_a_series_without_numbers_of_its_own_takes_them_from_outside():
    without_numbers = apply_series_changes({"code": "A", "name": "A"}, CardSeriesSettings())
    external = apply_series_changes({"generation_enabled": False}, without_numbers)
    both = apply_series_changes({"takes_external": True}, without_numbers)

    assert [s.takes_external for s in (without_numbers, external, both)] == [False, True, True]


def test_a_series_leaves_its_concept_with_its_trigger():
    there = apply_series_changes(
        {"code": "A", "name": "A", "trigger": "ou_id", "concept_code": "c"}, CardSeriesSettings()
    )
    gone = apply_series_changes({"trigger": "REGISTRATION"}, there)

    assert (there.trigger, there.concept_code) == ("OU_ID", "c")
    assert (gone.trigger, gone.concept_code) == ("REGISTRATION", "")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"code": ""}, "code"),
        ({"name": "x" * 151}, "name"),
        ({"description": "\x00"}, "description"),
        ({"type": "PAPER"}, "type"),
        ({"type": None}, "type"),
        ({"trigger": "OU_ID"}, "concept_code"),
        ({"concept_code": "c"}, "concept_code"),
        ({"max_active_cards": -2}, "max_active_cards"),
        ({"max_active_cards": "2"}, "max_active_cards"),
        ({"max_active_cards": True}, "max_active_cards"),
        ({"expiry_enabled": True}, "expiry_days"),
        ({"expiry_days": 10**9}, "expiry_days"),
        ({"expiry_enabled": "yes"}, "expiry_enabled"),
        ({"length": 10**30}, "length"),
        ({"length": None}, "length"),
        ({"prefix": ["1"]}, "prefix"),
    ],
)
def test_refuses_settings_by_the_name_of_the_field(data, field):
    with pytest.raises(CardSeriesInvalid) as refusal:
        apply_series_changes({"code": "A", "name": "A"} | data, CardSeriesSettings())

    assert refusal.value.facts == {"field": field}


@pytest.mark.parametrize("unlimited", [None, 0, -1])
def test_no_limit_is_said_in_three_ways(unlimited):
    settings = apply_series_changes(
        {"code": "A", "name": "A", "max_active_cards": unlimited}, CardSeriesSettings()
    )

    assert settings.max_active_cards is None


def test_keeps_what_a_card_is_mapped_to_as_it_was_given():
    assert read_entity({"type": "STORE", "code": "store.code"}) == {
        "type": "STORE",
        "code": "store.code",
    }
    assert read_entity(None) is None


@pytest.mark.parametrize("hostile", ["x" * 1_001, "\x00", "\ud800", {"a": float("nan")}, {1, 2}])
def test_refuses_what_cannot_be_kept(hostile):
    with pytest.raises(CardEntityInvalid):
        read_entity(hostile)
