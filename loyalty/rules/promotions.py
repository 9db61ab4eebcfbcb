"""Which promotions a bill meets, and the points that they give for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from customers.rules.text import fold_name
from loyalty.rules.amounts import MAX_AMOUNT, ZERO, round_half_up

FIXED, PER_UNIT, MULTIPLIER = "FIXED", "PER_UNIT", "MULTIPLIER"
LINE_ITEM = "LINE_ITEM"
# The source that the reference API shows for these points.
SOURCE_TYPE = "PROMOTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionRules:
    """An active promotion. An empty condition is met by every bill.

    ``place_ids`` are the stores and tills where it holds, below the entities that were chosen;
    None means everywhere. Codes and attributes are folded.
    """

    id: int
    name: str
    program_id: int
    scope: str
    reward: str
    value: Decimal
    is_on_request: bool = False
    once_per_customer: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place_ids: frozenset[int] | None = None
    tier_ids: frozenset[int] = frozenset()
    min_amount: Decimal = ZERO
    item_codes: frozenset[str] = frozenset()
    item_attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def has_item_conditions(self) -> bool:
        return bool(self.item_codes or self.item_attributes)

    @property
    def needs_lines(self) -> bool:
        return self.has_item_conditions or self.scope == LINE_ITEM


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """A line item that was bought."""

    item_code: str
    amount: Decimal
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotableBill:
    """A purchase that earned points: ``awarded`` are those at the rate of the tier."""

    program_id: int
    billed_at: datetime
    amount: Decimal
    awarded: Decimal
    tier_id: int | None = None
    place_ids: frozenset[int] = frozenset()
    lines: Sequence[BoughtLine] = ()
    requested_names: frozenset[str] = frozenset()


def get_promotional_points(rules: PromotionRules, bill: PromotableBill) -> Decimal:
    """Return the points that the promotion gives for the bill; zero if the bill does not meet it.

    A promotion of line items counts the lines that meet its conditions: fixed points for each of
    them, else by what they cost, which is never more than the bill. Every other promotion counts
    the whole bill, if one line at least meets its conditions. A multiple gives what it adds to the
    points of the tier. The points are rounded once, half up, to two decimals.
    """
    if not _holds(rules, bill):
        return ZERO
    lines = [line for line in bill.lines if _is_counted(rules, line)]
    if rules.has_item_conditions and not lines:
        return ZERO
    if rules.scope == LINE_ITEM:
        amount = max(min(sum((line.amount for line in lines), ZERO), bill.amount), ZERO)
        count = len(lines)
    else:
        amount, count = bill.amount, 1
    points = _compute_reward(rules, bill, amount, count)
    return max(round_half_up(min(points, MAX_AMOUNT)), ZERO)


def fold_names(names: Iterable[str]) -> frozenset[str]:
    """Return names as they are compared: promotions, item codes, values of attributes."""
    return frozenset(folded for name in names if (folded := fold_name(name)))


def _holds(rules: PromotionRules, bill: PromotableBill) -> bool:
    if rules.program_id != bill.program_id or bill.amount < rules.min_amount:
        return False
    if rules.starts_at is not None and bill.billed_at < rules.starts_at:
        return False
    if rules.ends_at is not None and bill.billed_at >= rules.ends_at:
        return False
    if rules.is_on_request and fold_name(rules.name) not in bill.requested_names:
        return False
    if rules.tier_ids and bill.tier_id not in rules.tier_ids:
        return False
    return rules.place_ids is None or not rules.place_ids.isdisjoint(bill.place_ids)


def _is_counted(rules: PromotionRules, line: BoughtLine) -> bool:
    # A line that costs nothing, or takes something off the bill, was not bought for a promotion.
    if line.amount <= 0:
        return False
    if rules.item_codes and fold_name(line.item_code) not in rules.item_codes:
        return False
    if not rules.item_attributes:
        return True
    attributes = {fold_name(name): value for name, value in line.attributes.items()}
    return all(
        fold_name(str(attributes.get(name, ""))) in allowed
        for name, allowed in rules.item_attributes.items()
    )


def _compute_reward(
    rules: PromotionRules, bill: PromotableBill, amount: Decimal, count: int
) -> Decimal:
    if rules.reward == FIXED:
        return rules.value * count
    if rules.reward == PER_UNIT:
        return rules.value * amount
    if bill.amount <= 0:
        return ZERO
    return (rules.value - 1) * bill.awarded * amount / bill.amount
