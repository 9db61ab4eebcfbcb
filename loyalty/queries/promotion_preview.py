"""What a promotion would have given for the newest bills."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from loyalty.models import Enrollment, LineItem, PointsEntry, Promotion, Transaction
from loyalty.queries.promotions import build_promotion_rules
from loyalty.rules.amounts import ZERO
from loyalty.rules.promotions import (
    BoughtLine,
    PromotableBill,
    PromotionRules,
    get_promotional_points,
)

MOST_BILLS = 10_000
DAYS = 30
MOST_SHOWN = 20
_IDS_AT_ONCE = 1_000  # databases bound the values of one statement


@dataclass(frozen=True, slots=True)
class PreviewedBill:
    """A bill that the promotion would have given points for."""

    transaction_id: int
    number: str
    customer_id: int
    billed_at: datetime
    amount: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class PromotionPreview:
    """``is_cut``: the organization has more bills of that time than were looked at."""

    bills_looked_at: int
    is_cut: bool
    bills: int
    customers: int
    points: Decimal
    newest: list[PreviewedBill]


def preview_promotion(promotion: Promotion, *, now: datetime) -> PromotionPreview:
    """Return what the promotion would have given for the bills of the last thirty days.

    At most the 10,000 transactions that were entered last are looked at. Its period does not count,
    and bills are taken to ask for it by name; customers are taken to have had their present tier.
    """
    [rules] = build_promotion_rules(promotion.org_id, [promotion])
    rules = replace(rules, starts_at=None, ends_at=None, is_on_request=False)
    newest = list(
        Transaction.objects.filter(org_id=promotion.org_id)
        .order_by("-id")
        .values_list(
            "id", "type", "program_id", "customer_id", "number", "billed_at", "amount",
            "store_id", "till_id",
        )[: MOST_BILLS + 1]
    )  # fmt: skip
    since = now - timedelta(days=DAYS)
    bought = [
        row
        for row in newest[:MOST_BILLS]
        if row[1] == Transaction.Type.REGULAR
        and row[2] == promotion.program_id
        and since <= row[5] <= now
    ]
    previewed = _give(rules, bought)
    return PromotionPreview(
        bills_looked_at=len(bought),
        is_cut=len(newest) > MOST_BILLS and newest[MOST_BILLS - 1][5] >= since,
        bills=len(previewed),
        customers=len({bill.customer_id for bill in previewed}),
        points=sum((bill.points for bill in previewed), ZERO),
        newest=previewed[::-1][:MOST_SHOWN],
    )


def _give(rules: PromotionRules, rows: list[tuple[Any, ...]]) -> list[PreviewedBill]:
    """Return what the promotion gives for these rows, by their dates."""
    awarded = _load_awarded({row[0] for row in rows}, rules.program_id)
    tiers = _load_tiers(rules, {row[3] for row in rows})
    lines = _load_lines(rules, {row[0] for row in rows})
    previewed, served = [], set()
    for pk, _, program_id, customer_id, number, billed_at, amount, store_id, till_id in sorted(
        rows, key=lambda row: (row[5], row[0])
    ):
        if pk not in awarded or (rules.once_per_customer and customer_id in served):
            continue
        points = get_promotional_points(
            rules,
            PromotableBill(
                program_id=program_id,
                billed_at=billed_at,
                amount=amount,
                awarded=awarded[pk],
                tier_id=tiers.get(customer_id),
                place_ids=frozenset({store_id, till_id} - {None}),
                lines=lines.get(pk, ()),
            ),
        )
        if points > 0:
            served.add(customer_id)
            previewed.append(PreviewedBill(pk, number, customer_id, billed_at, amount, points))
    return previewed


def _load_awarded(ids: Collection[int], program_id: int) -> Mapping[int, Decimal]:
    """Return the points that each of the transactions earned by the rate of its tier."""
    awarded: dict[int, Decimal] = {}
    for some in _split(ids):
        rows = PointsEntry.objects.filter(
            transaction_id__in=some, kind=PointsEntry.Kind.AWARD, enrollment__program_id=program_id
        )
        for pk, points, delayed in rows.values_list("transaction_id", "points", "delayed"):
            awarded[pk] = points + delayed
    return awarded


def _load_tiers(rules: PromotionRules, customer_ids: Collection[int]) -> Mapping[int, int]:
    tiers: dict[int, int] = {}
    for some in _split(customer_ids if rules.tier_ids else ()):
        rows = Enrollment.objects.filter(customer_id__in=some, program_id=rules.program_id)
        tiers.update(rows.values_list("customer_id", "tier_id"))
    return tiers


def _load_lines(rules: PromotionRules, ids: Collection[int]) -> Mapping[int, list[BoughtLine]]:
    lines: dict[int, list[BoughtLine]] = defaultdict(list)
    for some in _split(ids if rules.needs_lines else ()):
        rows = LineItem.objects.filter(transaction_id__in=some).order_by("transaction_id")
        for pk, *line in rows.values_list("transaction_id", "item_code", "amount", "attributes"):
            lines[pk].append(BoughtLine(*line))
    return lines


def _split(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE))
