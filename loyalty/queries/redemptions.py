"""Redemptions of points and coupons of many customers at once, as v1.1 lists them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet

from crm.tenancy.models import OrgEntity
from loyalty.models import CouponRedemption, PointsEntry
from loyalty.queries.transactions.purchases import limit_per_group


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionFilter:
    """Filters for redemptions of one kind. None means no filter; the period is half-open."""

    since: datetime | None = None
    until: datetime | None = None
    first_id: int | None = None
    last_id: int | None = None
    limit: int = 10


@dataclass(frozen=True, slots=True)
class RedeemedCoupon:
    """One redemption of a coupon."""

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
    """One redemption of points."""

    id: int
    points: Decimal
    transaction_number: str
    redeemed_at: datetime
    redeemed_in: OrgEntity | None


@dataclass(slots=True)
class CustomerRedemptions:
    """One page of a customer's redemptions; the counts are of all that match."""

    coupons_count: int = 0
    points_count: int = 0
    coupons: list[RedeemedCoupon] = field(default_factory=list)
    points: list[RedeemedPoints] = field(default_factory=list)


def list_redemptions(
    *,
    customer_ids: Collection[int],
    coupons: RedemptionFilter | None,
    points: RedemptionFilter | None,
    order: str = "time",
    ascending: bool = False,
) -> dict[int, CustomerRedemptions]:
    """Return the redemptions of each customer, ordered by ``time`` or ``id``.

    The caller makes sure that the customers belong to the organization. A kind whose filter is
    None is left out. Two queries for each kind, for any number of customers.
    """
    redemptions = {pk: CustomerRedemptions() for pk in customer_ids}
    if coupons is not None and redemptions:
        rows = _filter_rows(
            CouponRedemption.objects.in_force().filter(customer_id__in=redemptions),
            coupons,
            "redeemed_at",
        )
        for pk, count in rows.values_list("customer_id").annotate(Count("id")):
            redemptions[pk].coupons_count = count
        ordering = _build_ordering("redeemed_at" if order == "time" else "id", ascending)
        for row in (
            limit_per_group(rows, group_by="customer_id", order=ordering, limit=coupons.limit)
            .select_related("coupon__series", "redeemed_in")
            .order_by(*ordering)
        ):
            redemptions[row.customer_id].coupons.append(_build_coupon(row))
    if points is not None and redemptions:
        entries = PointsEntry.objects.filter(
            kind=PointsEntry.Kind.REDEEM, enrollment__customer_id__in=redemptions
        )
        rows = _filter_rows(entries, points, "happened_at")
        for pk, count in rows.values_list("enrollment__customer_id").annotate(Count("id")):
            redemptions[pk].points_count = count
        ordering = _build_ordering("happened_at" if order == "time" else "id", ascending)
        for row in (
            limit_per_group(
                rows, group_by="enrollment__customer_id", order=ordering, limit=points.limit
            )
            .select_related("entered_by", "enrollment")
            .order_by(*ordering)
        ):
            redemptions[row.enrollment.customer_id].points.append(
                RedeemedPoints(
                    row.pk, -row.points, row.transaction_number, row.happened_at, row.entered_by
                )
            )
    return redemptions


def _filter_rows(
    rows: QuerySet[Any], filters: RedemptionFilter, moment_field: str
) -> QuerySet[Any]:
    conditions = {
        f"{moment_field}__gte": filters.since,
        f"{moment_field}__lt": filters.until,
        "pk__gte": filters.first_id,
        "pk__lte": filters.last_id,
    }
    return rows.filter(**{name: value for name, value in conditions.items() if value is not None})


def _build_ordering(column: str, ascending: bool) -> list[Any]:
    columns = dict.fromkeys([column, "id"])
    return [F(column_name).asc() if ascending else F(column_name).desc() for column_name in columns]


def _build_coupon(row: CouponRedemption) -> RedeemedCoupon:
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
