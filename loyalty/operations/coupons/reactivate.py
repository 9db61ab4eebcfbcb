"""Take back redemptions of coupons, so that the coupons can be used again."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.ids import select_storable_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from customers.rules.text import clean_reason
from loyalty import errors
from loyalty.models import Coupon, CouponRedemption, CouponSeries


@within_unit_of_work
def reactivate_redemptions(
    *, origin: Origin, redemption_ids: Sequence[int], reason: str = ""
) -> None:
    """Take back redemptions, all or none: they count for no limit, status or list any more.

    The customers are locked, then the coupons, then their series, each in key order.

    Raises:
        ReasonInvalid: the reason is too long or cannot be stored.
        CouponRedemptionUnknown: the organization has no such redemption.
        CouponRedemptionReactivated: one of them was taken back before.
    """
    reason = clean_reason(reason)
    ids = set(redemption_ids)
    rows = CouponRedemption.objects.filter(
        pk__in=select_storable_ids(ids), coupon__org_id=origin.org.pk
    )
    redemptions = {row.pk: row for row in rows}
    if not ids or len(redemptions) < len(ids):
        raise errors.CouponRedemptionUnknown()
    lock_customers({row.customer_id for row in redemptions.values()})
    coupons = _lock_rows(
        Coupon.objects.filter(pk__in={row.coupon_id for row in redemptions.values()})
    )
    series_ids = dict(coupons.values_list("pk", "series_id"))
    _lock_rows(CouponSeries.objects.filter(pk__in=set(series_ids.values())))
    # Two at once: the statement lets one of them take a redemption back.
    taken_back = CouponRedemption.objects.in_force().filter(pk__in=redemptions)
    if taken_back.update(reactivated_at=origin.at, reactivated_by_id=origin.actor_id) < len(ids):
        raise errors.CouponRedemptionReactivated()
    by_coupon = Counter(row.coupon_id for row in redemptions.values())
    by_series: Counter[int] = Counter()
    for coupon_id, count in by_coupon.items():
        by_series[series_ids[coupon_id]] += count
    _count_down(Coupon.objects.all(), "redemption_count", by_coupon)
    _count_down(CouponSeries.objects.all(), "redeemed_count", by_series)
    _record_reactivations(origin, redemptions.values(), reason)


def _lock_rows(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Lock the rows in key order, and return them."""
    list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return rows


def _count_down(rows: QuerySet[Any], column: str, counts: Counter[int]) -> None:
    rows.filter(pk__in=counts).update(
        **{
            column: F(column)
            - Case(*(When(pk=pk, then=Value(count)) for pk, count in counts.items()))
        }
    )


def _record_reactivations(
    origin: Origin, redemptions: Iterable[CouponRedemption], reason: str
) -> None:
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "coupon.reactivated",
                "coupon",
                row.coupon_id,
                after={
                    "customer": row.customer_id,
                    "by": row.pk,
                    **({"reason": reason} if reason else {}),
                },
            )
            for row in redemptions
        ],
    )
