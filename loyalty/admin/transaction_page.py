"""What the page of a transaction shows below its facts, as plain values."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from crm.adminkit.event_descriptions import format_value
from crm.adminkit.point_formats import format_amount
from loyalty.models import CouponRedemption, PointsRedemption, Transaction
from loyalty.queries.programs import get_programs
from loyalty.queries.transactions.details import LineDetails, PointsOfBill, get_transaction
from loyalty.queries.transactions.redemptions import list_redemptions_of_transaction
from loyalty.rules.amounts import ZERO


def build_transaction_context(request: HttpRequest, transaction: Transaction) -> dict[str, Any]:
    """Return lines, payments, points, returns and redemptions of the transaction."""
    org_id = transaction.org_id
    details = get_transaction(org_id=org_id, transaction_id=transaction.pk, with_points=True)
    redemptions = list_redemptions_of_transaction(transaction)
    programs = get_programs(org_id)
    may_reverse = request.user.has_perm("loyalty.reverse_redemptions")
    return {
        "lines": [_build_line_row(line, transaction.type) for line in details.lines],
        "payments": [_build_payment_row(payment) for payment in transaction.payments],
        "points": [
            {
                "program": programs[points.program_id].name
                if points.program_id in programs
                else "",
                "parts": _list_point_parts(points),
            }
            for points in details.points
        ],
        "returns": _list_transactions(details.returns),
        "returned_amount": format_amount(details.returned_amount),
        "left_amount": format_amount(transaction.amount - details.returned_amount),
        "parts": _list_transactions(details.parts),
        "points_redemptions": [
            _build_points_row(row, transaction.pk, may_reverse) for row in redemptions.points
        ],
        "coupon_redemptions": [_build_coupon_row(row) for row in redemptions.coupons],
    }


def _build_line_row(line: LineDetails, bill_type: str) -> dict[str, Any]:
    row = line.row
    quantity = sum((back.quantity for back in line.returns), ZERO)
    amount = sum((back.amount for back in line.returns), ZERO)
    return {
        "item": row.item_code,
        "description": row.description,
        "serial": row.serial,
        "quantity": format_amount(row.quantity),
        "rate": format_amount(row.rate),
        "discount": format_amount(row.discount),
        "amount": format_amount(row.amount),
        # A mixed bill lists what it took back as well.
        "is_brought_back": line.type != bill_type,
        "returned": (
            gettext("{quantity} for {amount}").format(
                quantity=format_amount(quantity), amount=format_amount(amount)
            )
            if line.returns
            else ""
        ),
    }


def _build_payment_row(payment: Any) -> dict[str, str]:
    """Return the mode and the value; what tills added is shown as they wrote it."""
    if not isinstance(payment, dict):
        return {"mode": format_value(payment), "value": "", "others": ""}
    others = {
        name: value
        for name, value in payment.items()
        if name not in ("mode", "value", "amount") and value not in ("", None, {}, [])
    }
    value = payment.get("value", payment.get("amount"))
    return {
        "mode": format_value(payment.get("mode")),
        "value": "" if value is None else format_value(value),
        "others": format_value(others) if others else "",
    }


def _list_point_parts(points: PointsOfBill) -> list[tuple[str, str]]:
    """Return what was earned, then what became of it; what did not happen is left out."""
    parts: list[tuple[str, Decimal, bool]] = [
        (gettext("Earned"), points.issued, True),
        (gettext("By promotions"), points.promotional, False),
        (gettext("Can be spent"), points.available, True),
        (gettext("Can be spent later"), points.promised, False),
        (gettext("Redeemed"), points.redeemed, False),
        (gettext("Expired"), points.expired, False),
        (gettext("Taken back"), points.returned, False),
    ]
    return [(name, format_amount(value)) for name, value, is_always in parts if value or is_always]


def _list_transactions(rows: Iterable[Transaction]) -> list[dict[str, Any]]:
    return [
        {
            "number": row.number,
            "url": reverse("admin:loyalty_transaction_change", args=[row.pk]),
            "what": row.get_return_type_display() or row.get_type_display(),
            "amount": format_amount(row.amount),
            "billed_at": row.billed_at,
            "where": row.till or row.store,
            "who": row.entered_by,
            "notes": row.notes,
        }
        for row in rows
    ]


def _build_points_row(
    redemption: PointsRedemption, transaction_id: int, may_reverse: bool
) -> dict[str, Any]:
    is_open = redemption.reversed_points < redemption.points
    return {
        "points": format_amount(redemption.points),
        "program": redemption.program.name,
        "reversed": (
            format_amount(redemption.reversed_points) if redemption.reversed_points else ""
        ),
        "redeemed_at": redemption.entry.happened_at,
        "who": redemption.entry.entered_by,
        "url": reverse("admin:loyalty_pointsentry_change", args=[redemption.pk]),
        "reverse_url": (
            reverse("admin:loyalty_pointsentry_reverse", args=[redemption.pk])
            + f"?transaction={transaction_id}"
            if may_reverse and is_open
            else ""
        ),
    }


def _build_coupon_row(redemption: CouponRedemption) -> dict[str, Any]:
    return {
        "code": redemption.coupon.code,
        "series": redemption.coupon.series,
        "discount": "" if redemption.discount is None else format_amount(redemption.discount),
        "is_taken_back": redemption.reactivated_at is not None,
        "redeemed_at": redemption.redeemed_at,
        "where": redemption.redeemed_in,
        "url": reverse("admin:loyalty_coupon_change", args=[redemption.coupon_id]),
    }
