"""Redemptions of points and coupons that were used for a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from crm.kernel.ids import read_id
from loyalty.models import CouponRedemption, PointsRedemption, Transaction
from loyalty.rules.transactions import RETURNS

MAX_REDEMPTIONS = 100  # of each kind


@dataclass(frozen=True, slots=True)
class RedemptionsOfTransaction:
    """What a customer redeemed for a transaction, taken back or not, oldest first."""

    points: Sequence[PointsRedemption]
    coupons: Sequence[CouponRedemption]


def list_redemptions_of_transaction(transaction: Transaction) -> RedemptionsOfTransaction:
    """Return the redemptions that the transaction used, then those that only name its number.

    Four queries at most.
    """
    points = PointsRedemption.objects.select_related("entry__entered_by", "program")
    coupons = CouponRedemption.objects.select_related("coupon__series", "redeemed_in")
    points_rows = _list_rows(points.filter(used_for=transaction))
    coupon_rows = _list_rows(coupons.filter(used_for=transaction))
    if transaction.type not in RETURNS and transaction.customer_id is not None:
        points_rows += _list_rows(
            points.filter(
                used_for__isnull=True,
                entry__enrollment__customer_id=transaction.customer_id,
                entry__transaction_number=transaction.number,
            )
        )
        coupon_rows += _list_rows(
            coupons.filter(
                used_for__isnull=True,
                customer_id=transaction.customer_id,
                transaction_number=transaction.number,
            )
        )
    return RedemptionsOfTransaction(points_rows, coupon_rows)


def list_unused_redemptions(
    *, org_id: int, customer_id: int, since: datetime
) -> RedemptionsOfTransaction:
    """Return the customer's redemptions since then that no transaction used; two queries.

    Those that were taken back are left out.
    """
    points = PointsRedemption.objects.select_related("entry", "program").filter(
        entry__org_id=org_id,
        entry__enrollment__customer_id=customer_id,
        entry__happened_at__gte=since,
        reversed_points__lt=F("points"),
        used_for__isnull=True,
    )
    coupons = CouponRedemption.objects.in_force().filter(
        coupon__org_id=org_id,
        customer_id=customer_id,
        redeemed_at__gte=since,
        used_for__isnull=True,
    )
    return RedemptionsOfTransaction(
        _list_rows(points), _list_rows(coupons.select_related("coupon"))
    )


def find_points_redemption(*, org_id: int, redemption_id: object) -> PointsRedemption | None:
    """Return the organization's redemption of points with this id, or None; one query."""
    return (
        PointsRedemption.objects.filter(pk=read_id(redemption_id) or 0, entry__org_id=org_id)
        .select_related("entry__enrollment", "program")
        .first()
    )


def _list_rows(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.order_by("pk")[:MAX_REDEMPTIONS])
