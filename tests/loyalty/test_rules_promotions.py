"""What a promotion gives for a bill, whatever the bill ..."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.amounts import MAX_AMOUNT, round_half_up
from loyalty.rules.promotions import (
    BoughtLine,
    PromotableBill,
    PromotionRules,
    fold_names,
    get_promotional_points,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

moments = st.integers(-3, 3).map(lambda days: NOON + timedelta(days=days))
amounts = st.decimals(0, 100_000, places=3)
codes = st.sampled_from(["MUG", "mug ", "PLATE", ""])
colours = st.sampled_from(["red", "RED", "blue", 7, None])
lines = st.builds(
    BoughtLine,
    codes,
    st.decimals(-1_000, 100_000, places=3),
    st.dictionaries(st.sampled_from(["colour", "Colour ", "size"]), colours, max_size=2),
)
bills = st.builds(
    PromotableBill,
    program_id=st.integers(1, 2),
    billed_at=moments,
    amount=amounts,
    awarded=amounts,
    tier_id=st.sampled_from([None, 1, 2]),
    place_ids=st.frozensets(st.integers(1, 3), max_size=2),
    lines=st.lists(lines, max_size=4),
    requested_names=st.sampled_from([frozenset(), fold_names(["Ten more"])]),
)
promotions = st.builds(
    PromotionRules,
    id=st.just(1),
    name=st.just("Ten MORE"),
    program_id=st.just(1),
    scope=st.sampled_from(["CUSTOMER", "TRANSACTION", "LINE_ITEM"]),
    reward=st.sampled_from(["FIXED", "PER_UNIT", "MULTIPLIER"]),
    value=st.decimals("0.001", 1_000_000, places=3),
    is_on_request=st.booleans(),
    starts_at=st.none() | moments,
    ends_at=st.none() | moments,
    place_ids=st.none() | st.frozensets(st.integers(1, 3), min_size=1, max_size=2),
    tier_ids=st.frozensets(st.integers(1, 2), max_size=1),
    min_amount=st.sampled_from([Decimal(0), Decimal(50)]),
    item_codes=st.sampled_from([frozenset(), fold_names(["Mug"])]),
    item_attributes=st.sampled_from([{}, {"colour": fold_names(["Red"])}]),
)


@given(promotions, bills)
def test_is_an_amount_the_ledger_can_hold(rules, bill):
    points = get_promotional_points(rules, bill)
    assert 0 <= points <= MAX_AMOUNT
    assert points == points.quantize(Decimal("0.01"))


@given(promotions, bills)
def test_is_nothing_unless_every_condition_is_met(rules, bill):
    if get_promotional_points(rules, bill) == 0:
        return
    assert rules.program_id == bill.program_id
    assert bill.amount >= rules.min_amount
    assert rules.starts_at is None or rules.starts_at <= bill.billed_at
    assert rules.ends_at is None or bill.billed_at < rules.ends_at
    assert not rules.is_on_request or "ten more" in bill.requested_names
    assert not rules.tier_ids or bill.tier_id in rules.tier_ids
    assert rules.place_ids is None or rules.place_ids & bill.place_ids
    bought = [line for line in bill.lines if line.amount > 0]
    if rules.item_codes:
        bought = [line for line in bought if line.item_code.strip().casefold() == "mug"]
    if rules.item_codes or rules.item_attributes or rules.scope == "LINE_ITEM":
        assert bought


FREE = {
    "is_on_request": False,
    "starts_at": None,
    "ends_at": None,
    "place_ids": None,
    "tier_ids": frozenset(),
    "min_amount": Decimal(0),
    "item_codes": frozenset(),
    "item_attributes": {},
}


@given(promotions, bills, st.sampled_from(sorted(FREE)))
def test_is_never_less_when_a_condition_is_dropped(rules, bill, condition):
    freer = replace(rules, **{condition: FREE[condition]})
    assert get_promotional_points(freer, bill) >= get_promotional_points(rules, bill)


@given(bills, st.decimals(1, 100, places=3), st.sampled_from(["PER_UNIT", "MULTIPLIER", "FIXED"]))
def test_of_the_lines_is_never_more_than_of_the_whole_bill(bill, value, reward):
    whole = PromotionRules(
        id=1, name="x", program_id=bill.program_id, scope="TRANSACTION", reward=reward, value=value
    )
    of_lines = get_promotional_points(replace(whole, scope="LINE_ITEM"), bill)
    if reward == "FIXED":
        assert of_lines <= round_half_up(value * len(bill.lines))
    else:
        assert of_lines <= get_promotional_points(whole, bill)


def test_rounds_once_half_up():
    bill = PromotableBill(program_id=1, billed_at=NOON, amount=Decimal(3), awarded=Decimal("0.01"))
    rules = PromotionRules(
        id=1, name="x", program_id=1, scope="CUSTOMER", reward="MULTIPLIER", value=Decimal("1.5")
    )
    assert get_promotional_points(rules, bill) == Decimal("0.01")
