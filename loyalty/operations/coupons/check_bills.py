"""Check the coupons that customers present for bills."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, QuerySet

from crm.kernel.errors import DomainError
from crm.kernel.ids import select_storable_ids
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import CustomersById, get_active_customer, load_customers
from customers.queries.status_effects import StatusEffects, get_status_effects
from customers.rules.end_points import COUPONS
from customers.rules.status_effects import REDEEMING
from customers.rules.text import fold_name, is_writable
from loyalty import errors
from loyalty.models import Coupon, CouponRedemption, CouponSeries
from loyalty.queries.customer_blocks import check_block, check_end_point
from loyalty.queries.entities import find_store_id, list_entity_chain
from loyalty.rules.coupon_items import BillItem, ItemRules, get_discountable_amount
from loyalty.rules.coupons import (
    PresentedCoupon,
    RedemptionHistory,
    check_redemption,
    clean_code,
    get_discount,
)
from loyalty.rules.movements import read_money, read_past_moment
from loyalty.rules.promotions import fold_names
from loyalty.rules.transactions import SaleLine, read_bill_items

MAX_COUPONS = 50  # on one bill
MAX_NUMBER_LENGTH = 100
# Two requests within this time, with the same number at the same place, are about one bill.
_SAME_BILL = timedelta(days=1)

_HistoryKey = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponBill:
    """The coupons that a customer presents for one bill, by their codes.

    ``amount`` None: the sum of the items, or the bill is not told. ``items`` None: they are not
    told. ``redeemed_at`` None means now. ``one_time_code`` was sent to the customer.
    ``skips_code``: neither code nor items are asked for, as for rows brought in.
    """

    customer_id: int
    codes: Sequence[str]
    amount: Any = None
    items: Sequence[SaleLine] | None = None
    transaction_number: str = ""
    redeemed_at: datetime | None = None
    one_time_code: str = ""
    skips_code: bool = False


@dataclass(slots=True)
class CheckedCoupon:
    """What was found out about one code of a bill.

    ``coupon`` is None if there is none with the code, ``discount`` without a bill amount.
    """

    code: str
    coupon: Coupon | None = None
    discount: Decimal | None = None
    needs_code: bool = False
    needs_items: bool = False
    redemptions_left: int | None = None
    redemptions_of_user: int = 0
    refusal: DomainError | None = None
    redemption_id: int = 0

    def get_coupon(self) -> Coupon:
        """Return the coupon of a code that was not refused."""
        if self.coupon is None:
            raise AssertionError("a coupon that is not refused was found")
        return self.coupon


@dataclass(slots=True)
class BillResult:
    """The result for one bill: ``refusal`` is the customer's, or else that of the first coupon."""

    redeemed_at: datetime
    amount: Decimal | None = None
    items: list[BillItem] | None = None
    coupons: list[CheckedCoupon] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class BillContext:
    """The rows needed to decide the bills, and what they redeem so far."""

    customers: CustomersById
    effects: StatusEffects
    coupons: Mapping[str, Coupon]
    series: Mapping[int, CouponSeries]
    places: Mapping[int, Sequence[int]]
    entity_ids: Sequence[int]
    store_id: int | None
    histories: dict[_HistoryKey, RedemptionHistory]
    groups: dict[tuple[int, str], frozenset[str]]
    coupon_counts: dict[int, int]
    series_counts: dict[int, int]

    def keep(self) -> "BillContext":
        """Return a copy of what changes from bill to bill."""
        return replace(
            self,
            histories={key: replace(history) for key, history in self.histories.items()},
            groups=dict(self.groups),
            coupon_counts=dict(self.coupon_counts),
            series_counts=dict(self.series_counts),
        )

    def restore(self, kept: "BillContext") -> None:
        """Go back to what was kept."""
        self.histories, self.groups = kept.histories, kept.groups
        self.coupon_counts, self.series_counts = kept.coupon_counts, kept.series_counts


def load_bill_context(
    origin: Origin, bills: Sequence[CouponBill], *, locks: bool, store_id: int | None = None
) -> BillContext:
    """Load the rows that the bills need, and lock them if they are to be changed.

    ``store_id`` is the store of the bills; None means that of the actor.
    """
    customer_ids = {bill.customer_id for bill in bills}
    customers = lock_customers(customer_ids) if locks else load_customers(customer_ids)
    codes = {clean_code(code) for bill in bills for code in bill.codes} - {""}
    coupons = _load_rows(Coupon.objects.filter(org_id=origin.org.pk, code__in=codes), locks)
    series = {
        row.pk: row
        for row in _load_rows(
            CouponSeries.objects.filter(pk__in={coupon.series_id for coupon in coupons}), locks
        )
    }
    entities = list_entity_chain(org_id=origin.org.pk, entity_id=store_id or origin.actor_id)
    store_id = find_store_id(entities)
    return BillContext(
        customers=customers,
        effects=get_status_effects(origin.org.pk),
        coupons={clean_code(coupon.code): coupon for coupon in coupons},
        series=series,
        places=_load_places(list(series)),
        entity_ids=[entity.pk for entity in entities],
        store_id=store_id,
        histories=_load_histories(list(customers), list(series)),
        groups=_load_groups(origin, bills, store_id, series),
        coupon_counts={coupon.pk: coupon.redemption_count for coupon in coupons},
        series_counts={row.pk: row.redeemed_count for row in series.values()},
    )


def check_bill(origin: Origin, bill: CouponBill, context: BillContext) -> BillResult:
    """Check a bill; what it would redeem counts for the bills after it.

    Every coupon is checked, also after one that is refused.
    """
    result = BillResult(origin.at, coupons=[CheckedCoupon(code) for code in bill.codes])
    try:
        _check_customer(origin, bill, context)
        _read_bill(origin, bill, result)
    except DomainError as refusal:
        result.refusal = refusal.detached()
        return result
    state = _BillState(groups=context.groups.get(_get_bill_key(bill), frozenset()))
    for checked in result.coupons:
        try:
            _check_coupon(origin, bill, checked, result, context, state)
        except DomainError as refusal:
            checked.refusal = refusal.detached()
            result.refusal = result.refusal or checked.refusal
    if bill.transaction_number:
        context.groups[_get_bill_key(bill)] = state.groups
    return result


@dataclass(slots=True)
class _BillState:
    """What the bill has already: codes, exclusive groups, and the discounts taken."""

    groups: frozenset[str]
    codes: set[str] = field(default_factory=set)
    discount: Decimal = Decimal(0)


def _get_bill_key(bill: CouponBill) -> tuple[int, str]:
    return bill.customer_id, bill.transaction_number


def _check_customer(origin: Origin, bill: CouponBill, context: BillContext) -> None:
    customer = get_active_customer(origin, context.customers, bill.customer_id)
    check_block(context.effects, customer, REDEEMING)
    check_end_point(customer, COUPONS)


def _read_bill(origin: Origin, bill: CouponBill, result: BillResult) -> None:
    if not 0 < len(bill.codes) <= MAX_COUPONS:
        raise errors.CouponMissing(most=MAX_COUPONS)
    number = bill.transaction_number
    if len(number) > MAX_NUMBER_LENGTH or not is_writable(number):
        raise errors.CouponTransactionInvalid()
    if bill.items is not None:
        result.items = read_bill_items(bill.items)
    if bill.amount is not None:
        result.amount = read_money(bill.amount, "billAmount")
    elif result.items is not None:
        result.amount = read_money(sum(item.amount for item in result.items), "billAmount")
    # A till whose clock is ahead redeems now.
    result.redeemed_at = min(
        read_past_moment(bill.redeemed_at, "redemptionTime", now=origin.at), origin.at
    )


def _check_coupon(
    origin: Origin,
    bill: CouponBill,
    checked: CheckedCoupon,
    result: BillResult,
    context: BillContext,
    state: _BillState,
) -> None:
    code = clean_code(checked.code)
    coupon = context.coupons.get(code)
    if coupon is None:
        raise errors.CouponUnknown()
    checked.coupon, checked.code = coupon, coupon.code
    series = coupon.series = context.series[coupon.series_id]
    history = context.histories.setdefault((bill.customer_id, series.pk), RedemptionHistory())
    presented = _build_presented_coupon(coupon, history, context)
    item_rules = _build_item_rules(series)
    checked.needs_code = series.validation_required
    checked.needs_items = item_rules.names_items and bill.items is None
    checked.redemptions_left = presented.redemptions_left
    checked.redemptions_of_user = history.count
    if code in state.codes:
        raise errors.CouponRepeated()
    state.codes.add(code)
    check_redemption(
        presented,
        customer_id=bill.customer_id,
        bill=result.amount,
        entity_ids=context.entity_ids,
        now=result.redeemed_at,
        zone=origin.org.zone,
        groups_on_bill=state.groups,
    )
    checked.discount = get_discount(
        kind=series.discount_type,
        value=series.discount_value,
        upto=series.discount_upto,
        base=get_discountable_amount(item_rules, items=result.items, bill=result.amount),
        bill=result.amount,
        taken=state.discount,
    )
    state.discount += checked.discount or 0
    state.groups |= {presented.exclusive_group} - {""}
    history.add(coupon.pk, result.redeemed_at)
    context.coupon_counts[coupon.pk] += 1
    context.series_counts[series.pk] += 1


def _build_item_rules(series: CouponSeries) -> ItemRules:
    return ItemRules(
        on_item=series.discount_on == CouponSeries.DiscountOn.ITEM,
        with_discounted=series.valid_with_discounted_items,
        products=fold_names(series.products),
        brands=fold_names(series.brands),
        categories=fold_names(series.categories),
    )


def _build_presented_coupon(
    coupon: Coupon, history: RedemptionHistory, context: BillContext
) -> PresentedCoupon:
    series = coupon.series
    most = coupon.max_redemptions
    return PresentedCoupon(
        issued_to=coupon.customer_id,
        transferable=series.transferable or series.any_user,
        revoked=coupon.revoked_at is not None,
        active_from=coupon.active_from,
        expires_at=coupon.expires_at,
        redemptions_left=None if most is None else most - context.coupon_counts[coupon.pk],
        redeemed_before=coupon.pk in history.coupon_ids,
        same_user_may_repeat=series.same_user_may_repeat,
        redeemable_from=series.redeemable_from,
        redeemable_when=series.redeemable_when,
        redeemable_at=context.places.get(series.pk, ()),
        min_bill=series.min_bill_amount,
        max_bill=series.max_bill_amount,
        redemptions_of_user=history.count,
        last_redeemed_at=history.last_redeemed_at,
        max_redemptions_per_user=series.max_redemptions_per_user,
        min_days_between=series.min_days_between_redemptions,
        redemptions_of_series=context.series_counts[series.pk],
        max_redemptions_of_series=series.max_redeem,
        exclusive_group=fold_name(series.exclusive_group),
    )


def _load_rows(rows: QuerySet[Any], locks: bool) -> list[Any]:
    rows = rows.order_by("pk")
    # Rows that refer to these need no wait: only their counts change.
    return list(rows.select_for_update(no_key=True) if locks else rows)


def _load_places(series_ids: Sequence[int]) -> dict[int, list[int]]:
    places: dict[int, list[int]] = defaultdict(list)
    links = CouponSeries.redeemable_at.through.objects.filter(couponseries_id__in=series_ids)
    for series_id, entity_id in links.values_list("couponseries_id", "orgentity_id"):
        places[series_id].append(entity_id)
    return places


def _load_histories(
    customer_ids: Sequence[int], series_ids: Sequence[int]
) -> dict[_HistoryKey, RedemptionHistory]:
    rows = (
        CouponRedemption.objects.in_force()
        .filter(customer_id__in=customer_ids, coupon__series_id__in=series_ids)
        .values_list("customer_id", "coupon__series_id", "coupon_id")
        .annotate(count=Count("pk"), last=Max("redeemed_at"))
        .order_by()
    )
    histories: dict[_HistoryKey, RedemptionHistory] = defaultdict(RedemptionHistory)
    for customer_id, series_id, coupon_id, count, last in rows:
        history = histories[customer_id, series_id]
        history.add(coupon_id, last)
        history.count += count - 1
    return dict(histories)


def _load_groups(
    origin: Origin,
    bills: Sequence[CouponBill],
    store_id: int | None,
    series: Mapping[int, CouponSeries],
) -> dict[tuple[int, str], frozenset[str]]:
    """Return the exclusive groups of coupons that were redeemed before for these bills."""
    numbers = {bill.transaction_number for bill in bills if is_writable(bill.transaction_number)}
    numbers -= {""}
    if not numbers or not any(row.exclusive_group for row in series.values()):
        return {}
    rows = CouponRedemption.objects.in_force().filter(
        customer_id__in=select_storable_ids({bill.customer_id for bill in bills}),
        transaction_number__in=numbers,
        redeemed_in_id=store_id,
        redeemed_at__gte=origin.at - _SAME_BILL,
    )
    groups: dict[tuple[int, str], frozenset[str]] = defaultdict(frozenset)
    for customer_id, number, group in rows.exclude(coupon__series__exclusive_group="").values_list(
        "customer_id", "transaction_number", "coupon__series__exclusive_group"
    ):
        groups[customer_id, number] |= {fold_name(group)}
    return dict(groups)
