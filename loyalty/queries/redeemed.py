"""What customers redeemed, points and coupons, as v1.1 lists it: many customers at once."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet

from crm.tenancy.models import OrgEntity
from loyalty.models import CouponRedemption, PointsEntry
from loyalty.queries.purchases import newest_of_each


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which redemptions of one sort; what is None tells none apart. Times are half-open."""

    since: datetime | None = None
    until: datetime | None = None
    first_id: int | None = None
    last_id: int | None = None
    limit: int = 10


@dataclass(frozen=True, slots=True)
class RedeemedCoupon:
    """One use of a coupon."""

    id: int
    code: str
    series_id: int
    description: str
    discount_code: str
    discount_type: str
    transaction_number: str
    redeemed_at: datetime
    redeemed_in: OrgEntity | None


@dataclass(frozen=True, slots=True)
class RedeemedPoints:
    """Points that were spent."""

    id: int
    points: Decimal
    transaction_number: str
    redeemed_at: datetime
    redeemed_in: OrgEntity | None


@dataclass(slots=True)
class Redeemed:
    """Some of a customer's redemptions; the counts are of all that were wanted."""

    coupons_count: int = 0
    points_count: int = 0
    coupons: list[RedeemedCoupon] = field(default_factory=list)
    points: list[RedeemedPoints] = field(default_factory=list)


def list_redeemed(
    *,
    customer_ids: Collection[int],
    coupons: Wanted | None,
    points: Wanted | None,
    order: str = "time",
    ascending: bool = False,
) -> dict[int, Redeemed]:
    """The redemptions of each customer, who are the organization's, by ``time`` or ``id``.

    A sort that is None is left out. Two queries for each sort, whatever the number of customers.
    """
    found = {pk: Redeemed() for pk in customer_ids}
    if coupons is not None and found:
        rows = _within(
            CouponRedemption.objects.filter(customer_id__in=found), coupons, "redeemed_at"
        )
        for pk, count in rows.values_list("customer_id").annotate(Count("id")):
            found[pk].coupons_count = count
        sorting = _sorting("redeemed_at" if order == "time" else "id", ascending)
        for row in (
            newest_of_each(rows, by="customer_id", order=sorting, limit=coupons.limit)
            .select_related("coupon__series", "redeemed_in")
            .order_by(*sorting)
        ):
            found[row.customer_id].coupons.append(_coupon(row))
    if points is not None and found:
        entries = PointsEntry.objects.filter(
            kind=PointsEntry.Kind.REDEEM, enrollment__customer_id__in=found
        )
        rows = _within(entries, points, "happened_at")
        for pk, count in rows.values_list("enrollment__customer_id").annotate(Count("id")):
            found[pk].points_count = count
        sorting = _sorting("happened_at" if order == "time" else "id", ascending)
        for row in (
            newest_of_each(rows, by="enrollment__customer_id", order=sorting, limit=points.limit)
            .select_related("entered_by", "enrollment")
            .order_by(*sorting)
        ):
            found[row.enrollment.customer_id].points.append(
                RedeemedPoints(
                    row.pk, -row.points, row.transaction_number, row.happened_at, row.entered_by
                )
            )
    return found


def _within(rows: QuerySet[Any], wanted: Wanted, moment: str) -> QuerySet[Any]:
    conditions = {
        f"{moment}__gte": wanted.since,
        f"{moment}__lt": wanted.until,
        "pk__gte": wanted.first_id,
        "pk__lte": wanted.last_id,
    }
    return rows.filter(**{name: value for name, value in conditions.items() if value is not None})


def _sorting(name: str, ascending: bool) -> list[Any]:
    names = dict.fromkeys([name, "id"])
    return [F(one).asc() if ascending else F(one).desc() for one in names]


def _coupon(row: CouponRedemption) -> RedeemedCoupon:
    series = row.coupon.series
    return RedeemedCoupon(
        id=row.pk,
        code=row.coupon.code,
        series_id=series.pk,
        description=series.description,
        discount_code=series.discount_code,
        discount_type=series.discount_type,
        transaction_number=row.transaction_number,
        redeemed_at=row.redeemed_at,
        redeemed_in=row.redeemed_in,
    )
