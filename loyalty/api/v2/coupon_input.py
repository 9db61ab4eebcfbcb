"""The bodies and queries of the operations on coupons, and what they describe."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from crm.dialects.transport_errors import BatchTooLarge, RequestInvalid
from crm.dialects.v2.serializer_fields import IdField
from crm.dialects.v2.views import V2View
from customers import errors as customer_errors
from customers.api.v2.field_types import IdentifierValue, Text, bounded_list
from customers.queries.customers.by_identifier import find_customer_id
from customers.rules.identifiers import canonical_type
from customers.rules.lookups import CUSTOMER_ID
from loyalty import errors
from loyalty.api.v2.number_field import ExactNumber
from loyalty.api.v2.points_redemption import read_moment
from loyalty.api.v2.transaction_input import MAX_LINES, LineItemIn, build_line
from loyalty.operations.coupons.check_bills import MAX_COUPONS, CouponBill

MAX_ITEMS = 100
# The first one that has a value identifies the customer.
CUSTOMER_KEYS = ("id", "userId", "mobile", "email", "externalId", "cardnumber")


class CouponCustomerIn(serializers.Serializer):
    """One identifier of a customer: `mobile` and the like, or `type` and `value`."""

    id = IdentifierValue(required=False, allow_null=True)
    userId = IdentifierValue(required=False, allow_null=True, help_text="The same as `id`.")
    mobile = IdentifierValue(required=False, allow_null=True)
    email = IdentifierValue(required=False, allow_null=True)
    externalId = IdentifierValue(required=False, allow_null=True)
    cardnumber = IdentifierValue(required=False, allow_null=True)
    type = Text(help_text="An identifier's type, or id.")
    value = IdentifierValue(required=False, allow_null=True)


class CouponCodeIn(serializers.Serializer):
    code = IdentifierValue()


class CouponBillIn(serializers.Serializer):
    redemptionRequestList = bounded_list(
        CouponCodeIn(), MAX_COUPONS, required=True, allow_null=False, allow_empty=False
    )
    user = CouponCustomerIn()
    transactionNumber = Text(help_text="The number of the bill.")
    billAmount = ExactNumber(
        required=False,
        allow_null=True,
        help_text="Default: the sum of the items. Without it no discount is computed.",
    )
    lineItems = bounded_list(
        LineItemIn(help_text="As in a transaction; `attributes` has `brand` and `category`."),
        MAX_LINES,
        help_text="Needed where the series is good for some items only.",
    )
    redemptionTime = Text(help_text="Default: now. A later time counts as now.")
    validationCode = Text(
        help_text="The code that was sent to the customer (`/v2/otp`, action COUPON)."
    )


class IssueCouponIn(serializers.Serializer):
    seriesId = IdField(required=False, allow_null=True)
    seriesIds = serializers.ListField(
        child=IdField(),
        required=False,
        allow_null=True,
        max_length=MAX_ITEMS,
        help_text="Several series, each for one coupon; in bulk only.",
    )
    customer = CouponCustomerIn()
    transactionNumber = Text(help_text="The bill that the coupon is issued for.")


def read_customer_key(data: Mapping[str, Any]) -> tuple[str, str]:
    """Return type and value of the identifier.

    Raises:
        IdentifierInvalid: there is none, or its type is unknown.
    """
    keys = [(data.get("type") or "", data.get("value"))]
    keys += [("id" if name == "userId" else name, data.get(name)) for name in CUSTOMER_KEYS]
    for kind, value in keys:
        if value is None or value == "":
            continue
        known = CUSTOMER_ID if kind.strip().lower() == CUSTOMER_ID else canonical_type(kind)
        if known is None:
            raise customer_errors.IdentifierInvalid(kind=kind[:50])
        return known, str(value)
    raise customer_errors.IdentifierInvalid(kind="")


def find_coupon_customer(view: V2View, data: Mapping[str, Any]) -> int:
    """Return the id of the customer that the object identifies."""
    kind, value = read_customer_key(data)
    return find_customer_id(org=view.org, kind=kind, value=value, source_account=None)


def build_coupon_bill(view: V2View, body: Mapping[str, Any], customer_id: int) -> CouponBill:
    """Return the bill that a body describes.

    Raises:
        RequestInvalid: the time is none.
    """
    lines = body.get("lineItems")
    return CouponBill(
        customer_id=customer_id,
        codes=[str(line["code"]) for line in body["redemptionRequestList"]],
        amount=body.get("billAmount"),
        items=[build_line(line) for line in lines] if lines else None,
        transaction_number=(body.get("transactionNumber") or "").strip(),
        redeemed_at=read_moment(view, body.get("redemptionTime"), "redemptionTime"),
        one_time_code=(body.get("validationCode") or "").strip(),
    )


def read_series_ids(body: Mapping[str, Any]) -> list[int]:
    """Return the series of a body that issues coupons, each once.

    Raises:
        CouponSeriesUnknown: it names none.
    """
    named = [body.get("seriesId"), *(body.get("seriesIds") or [])]
    series_ids = list(dict.fromkeys(pk for pk in named if pk is not None))
    if not series_ids:
        raise errors.CouponSeriesUnknown()
    return series_ids


def read_list(data: Any, name: str) -> list[Any]:
    """Return the items of a body that is a list.

    Raises:
        RequestInvalid: it is no list, or is empty.
        BatchTooLarge: it has too many items.
    """
    if not isinstance(data, list) or not data:
        raise RequestInvalid(detail=f"The body must be a list of {name}.")
    if len(data) > MAX_ITEMS:
        raise BatchTooLarge(most=MAX_ITEMS)
    return data
