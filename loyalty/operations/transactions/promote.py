"""Post the points of bills, and the points of the promotions that they meet."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty.models import Enrollment, PromotionAward
from loyalty.operations.points.post import (
    PlannedMovement,
    PostingResult,
    plan_movements,
    post_movements,
)
from loyalty.queries.promotions import get_promotions
from loyalty.rules.amounts import ZERO
from loyalty.rules.ledger import Promotion
from loyalty.rules.movements import Movement
from loyalty.rules.promotions import (
    SOURCE_TYPE,
    BoughtLine,
    PromotableBill,
    PromotionRules,
    fold_names,
    get_promotional_points,
)
from loyalty.rules.transactions import Sale


@dataclass(slots=True)
class PostedBill:
    """A sale, the movement of its points, and what became of it."""

    sale: Sale
    movement: Movement
    result: PostingResult


@dataclass(frozen=True, slots=True)
class _Gain:
    """Points that a promotion gives for a bill."""

    bill: PostedBill
    rules: PromotionRules
    points: Decimal


@within_unit_of_work
def post_bill_points(
    *, origin: Origin, bills: Sequence[tuple[Sale, Movement]]
) -> list[PostingResult]:
    """Post the points of bills and of the promotions they meet; return one result for each bill.

    The points of a result are those of the tier and of the promotions together. The customers are
    locked. A promotion that a customer gets once is given to the first bill that meets it.

    Without promotions it is one posting. With them it is two for the whole list, and two more for
    each time that a customer brings back in the list what they bought in it.
    """
    movements = [movement for _, movement in bills]
    promotions = get_promotions(origin.org.pk)
    if not promotions:
        return post_movements(origin=origin, movements=movements)
    posted = [PostedBill(sale, movement, PostingResult()) for sale, movement in bills]
    for wave in _split_into_waves(posted):
        results = post_movements(origin=origin, movements=[bill.movement for bill in wave])
        for bill, result in zip(wave, results, strict=True):
            bill.result = result
        _post_promotions(origin, promotions, wave)
    return [bill.result for bill in posted]


def plan_bill_points(
    *, origin: Origin, bills: Sequence[tuple[Sale, Movement]]
) -> list[PlannedMovement]:
    """Return what ``post_bill_points`` would do for each bill as the only one; write nothing."""
    movements = [movement for _, movement in bills]
    promotions = get_promotions(origin.org.pk)
    if not promotions:
        return plan_movements(origin=origin, movements=movements)
    awarded_before = _load_awarded(promotions, {movement.customer_id for movement in movements})

    def list_promotional(place: int, result: PostingResult, tier_id: int) -> list[Movement]:
        bill = PostedBill(*bills[place], result)
        described = _describe_bill(origin, bill, {result.enrollment_id: tier_id})
        return [
            _build_movement(_Gain(bill, rules, points), origin.at)
            for rules in promotions
            if bill.movement.kind == "AWARD"
            and (rules.id, result.enrollment_id) not in awarded_before
            and (points := get_promotional_points(rules, described)) > 0
        ]

    return plan_movements(origin=origin, movements=movements, list_follow_ups=list_promotional)


def _load_awarded(
    promotions: Sequence[PromotionRules], customer_ids: Collection[int]
) -> set[tuple[int, int | None]]:
    """Return the promotions that are given once, and the enrollments that got them; one query."""
    once = [rules.id for rules in promotions if rules.once_per_customer]
    if not once:
        return set()
    rows = PromotionAward.objects.filter(
        promotion_id__in=once, enrollment__customer_id__in=customer_ids
    )
    return set(rows.values_list("promotion_id", "enrollment_id"))


def _split_into_waves(bills: Sequence[PostedBill]) -> list[list[PostedBill]]:
    """Split the list so that a return comes after the promotions of its purchase.

    The bills of a customer stay in their order.
    """
    waves: dict[int, list[PostedBill]] = defaultdict(list)
    wave_by_customer: dict[int, int] = defaultdict(int)
    bought: dict[int, set[int | None]] = defaultdict(set)
    for bill in bills:
        movement = bill.movement
        just_bought = bought[movement.customer_id]
        if movement.returned_id is not None and movement.returned_id in just_bought:
            wave_by_customer[movement.customer_id] += 1
            just_bought.clear()
        if movement.kind == "AWARD":
            just_bought.add(movement.transaction_id)
        waves[wave_by_customer[movement.customer_id]].append(bill)
    return [waves[number] for number in sorted(waves)]


def _post_promotions(
    origin: Origin, promotions: Sequence[PromotionRules], bills: Sequence[PostedBill]
) -> None:
    earning = [
        bill for bill in bills if bill.movement.kind == "AWARD" and bill.result.refusal is None
    ]
    tiers = _load_tiers(promotions, earning)
    gains = [
        _Gain(bill, rules, points)
        for bill in earning
        for described in [_describe_bill(origin, bill, tiers)]
        for rules in promotions
        if (points := get_promotional_points(rules, described)) > 0
    ]
    gains = _keep_first_ones(origin, gains)
    if not gains:
        return
    results = post_movements(
        origin=origin, movements=[_build_movement(gain, origin.at) for gain in gains]
    )
    for gain, result in zip(gains, results, strict=True):
        if result.refusal is not None:
            # The points of the bill were posted just before: a refusal would be a bug.
            raise result.refusal
        gain.bill.result = replace(
            gain.bill.result,
            points=gain.bill.result.points + result.points,
            balance=result.balance,
        )


def _load_tiers(
    promotions: Sequence[PromotionRules], bills: Sequence[PostedBill]
) -> Mapping[int | None, int]:
    """Return the tiers of the enrollments, which the bills may have raised; one query, or none."""
    if not bills or not any(rules.tier_ids for rules in promotions):
        return {}
    rows = Enrollment.objects.filter(pk__in={bill.result.enrollment_id for bill in bills})
    return dict(rows.values_list("pk", "tier_id"))


def _describe_bill(
    origin: Origin, bill: PostedBill, tiers: Mapping[int | None, int]
) -> PromotableBill:
    sale = bill.sale
    return PromotableBill(
        program_id=bill.result.program_id or 0,
        billed_at=sale.billed_at or origin.at,
        amount=sale.amount,
        awarded=bill.result.points + bill.result.delayed,
        tier_id=tiers.get(bill.result.enrollment_id),
        place_ids=frozenset(pk for pk in (sale.store_id, sale.till_id) if pk is not None),
        lines=[
            BoughtLine(line.item_code, line.amount or ZERO, line.attributes) for line in sale.lines
        ],
        requested_names=fold_names(sale.requested_promotions),
    )


def _keep_first_ones(origin: Origin, gains: list[_Gain]) -> list[_Gain]:
    """Leave out promotions that are given once and were given before; two statements, or none."""
    once = [gain for gain in gains if gain.rules.once_per_customer]
    if not once:
        return gains
    rows = [
        (pk, gain.rules.id, gain.bill.result.enrollment_id, origin.at, gain)
        for pk, gain in zip(take_ids(PromotionAward, len(once)), once, strict=True)
    ]
    # In the order of the constraint, so that two units of work cannot deadlock.
    rows.sort(key=lambda row: (row[1], row[2] or 0, row[0]))
    written_ids = insert_unless_taken(
        PromotionAward,
        ("id", "promotion_id", "enrollment_id", "awarded_at"),
        [row[:4] for row in rows],
    )
    kept = {id(gain) for pk, *_, gain in rows if pk in written_ids}
    return [gain for gain in gains if not gain.rules.once_per_customer or id(gain) in kept]


def _build_movement(gain: _Gain, now: datetime) -> Movement:
    cause, rules = gain.bill.movement, gain.rules
    return Movement(
        customer_id=cause.customer_id,
        program_id=rules.program_id,
        kind="PROMOTIONAL",
        points=gain.points,
        happened_at=cause.happened_at or now,
        transaction_id=cause.transaction_id,
        transaction_number=cause.transaction_number,
        issued_by_id=cause.issued_by_id,
        promotion=Promotion(rules.name, rules.scope, SOURCE_TYPE, rules.id),
    )
