"""The schema of the answers about transactions, redemptions and coupons, for the API page."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.body_schema import (
    ItemStatusOut,
    describe_answer,
    describe_one_or_many,
    optional_text,
)
from customers.api.v1_1.customer_lookup_schema import CustomerLookupOut
from customers.api.v1_1.customers_schema import FieldsOut


def _build_nested(name: str, child: str, line: serializers.Field) -> serializers.Serializer:
    return inline_serializer(name, {child: line}, required=False)


def _build_lines(name: str, *keys: str) -> serializers.Serializer:
    """A list of objects with text values."""
    return inline_serializer(name, {key: optional_text() for key in keys}, many=True)


class CodeAndNameOut(serializers.Serializer):
    code = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)


class _BaseRow(CustomerLookupOut):
    firstname = optional_text()
    lastname = optional_text()
    item_status = ItemStatusOut()


class PointsOfBill(serializers.Serializer):
    issued = serializers.CharField()
    redeemed = serializers.CharField()


class BillOut(serializers.Serializer):
    id = serializers.CharField()
    number = serializers.CharField()
    type = serializers.CharField()
    amount = serializers.CharField()
    notes = serializers.CharField(allow_blank=True)
    billing_time = serializers.CharField()
    gross_amount = serializers.CharField()
    discount = serializers.CharField()
    store = serializers.CharField(allow_blank=True)
    points = PointsOfBill()
    coupons = serializers.JSONField(
        help_text='`{"coupon": [{"id": "7", "code": "TEA1"}]}`, or an empty text.'
    )
    basket_size = serializers.CharField()
    line_items = _build_nested("BillLines", "line_item", serializers.CharField(allow_blank=True))
    credit_notes = _build_nested(
        "CreditNotes",
        "credit_note",
        _build_lines("CreditNote", "id", "number", "amount", "notes", "date"),
    )
    custom_fields = FieldsOut(required=False)


class TransactionsRow(_BaseRow):
    lifetime_points = optional_text()
    lifetime_purchases = optional_text()
    loyalty_points = optional_text()
    current_slab = optional_text()
    registered_on = optional_text()
    updated_on = optional_text()
    count = optional_text()
    start = optional_text()
    rows = optional_text()
    transactions = inline_serializer("Bills", {"transaction": BillOut(many=True)}, required=False)


REDEMPTION = ("id", "transaction_number", "redeemed_time", "redeemed_at")


class RedemptionsRow(_BaseRow):
    rows = optional_text()
    coupons_count = optional_text()
    points_count = optional_text()
    coupons_start_id = optional_text()
    points_start_id = optional_text()
    redemptions = inline_serializer(
        "RedemptionLists",
        {
            "coupons": _build_nested(
                "RedeemedCoupons",
                "coupon",
                _build_lines(
                    "RedeemedCoupon",
                    *REDEMPTION,
                    "code",
                    "series_id",
                    "description",
                    "discount_code",
                    "discount_type",
                ),
            ),
            "points": _build_nested(
                "RedeemedPointsList",
                "point",
                _build_lines("RedeemedPoints", *REDEMPTION, "points_redeemed"),
            ),
        },
        required=False,
    )


class UseOut(serializers.Serializer):
    date = serializers.CharField()
    transaction_number = serializers.CharField(allow_blank=True)
    redeemed_at = CodeAndNameOut()


class CouponOut(serializers.Serializer):
    id = serializers.CharField()
    series_id = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    redemption_count = serializers.CharField()
    created_date = serializers.CharField()
    valid_till = optional_text()
    code = serializers.CharField()
    transaction_number = serializers.CharField(allow_blank=True)
    redemptions = inline_serializer("CouponUses", {"redemption": UseOut(many=True)})


class CouponsRow(_BaseRow):
    coupons = inline_serializer("HeldCoupons", {"coupon": CouponOut(many=True)}, required=False)


class NextSlabOut(serializers.Serializer):
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    number = serializers.CharField()
    based_on = serializers.CharField()
    needed = serializers.CharField()
    missing = serializers.CharField()


class RetentionOut(serializers.Serializer):
    current_slab = serializers.CharField()
    valid_till = serializers.CharField()
    based_on = serializers.CharField()
    needed = serializers.CharField(allow_blank=True)
    achieved = serializers.CharField()


class CustomerRow(_BaseRow):
    lifetime_points = serializers.FloatField(required=False)
    lifetime_purchases = serializers.FloatField(required=False)
    loyalty_points = serializers.FloatField(required=False)
    current_slab = optional_text()
    registered_on = optional_text()
    updated_on = optional_text()
    type = optional_text()
    source = optional_text()  # type: ignore[assignment]
    identifiers = inline_serializer(
        "HeldIdentifier",
        {"type": serializers.CharField(), "value": serializers.CharField()},
        many=True,
        required=False,
    )
    registered_by = optional_text()
    registered_store = CodeAndNameOut(required=False)
    registered_till = CodeAndNameOut(required=False)
    fraud_details = inline_serializer(
        "FraudDetails",
        {"status": optional_text(), "marked_by": optional_text(), "modified_on": optional_text()},
        required=False,
    )
    trackers = optional_text()
    current_nps_status = optional_text()
    custom_fields = FieldsOut(required=False)
    extended_fields = FieldsOut(required=False)
    transactions = _build_nested(
        "RecentBills",
        "transaction",
        _build_lines("RecentBill", "id", "number", "type", "created_date", "store"),
    )
    coupons = inline_serializer("GoodCoupons", {"coupon": CouponOut(many=True)}, required=False)
    notes = inline_serializer(
        "RecentNote",
        {"id": optional_text(), "description": optional_text(), "added_on": optional_text()},
        many=True,
        required=False,
    )
    next_slab = NextSlabOut(required=False, allow_null=True)
    slab_history = _build_nested(
        "SlabHistory",
        "slab",
        _build_lines(
            "SlabStep", "program", "from", "to", "reason", "changed_on", "expires_on", "store"
        ),
    )
    ndsc_status = inline_serializer("NdscStatus", {"status": optional_text()}, required=False)
    optin_status = _build_nested(
        "OptinStatus", "service", _build_lines("OptinService", "name", "priority", "status")
    )
    expiry_schedule = _build_nested(
        "ExpirySchedule",
        "schedule",
        _build_lines("ExpiringPoints", "program", "points", "expiry_date"),
    )
    expired_points = _build_nested(
        "ExpiredPoints", "item", _build_lines("ExpiredItem", "program", "points", "expired_on")
    )
    points_summary = _build_nested(
        "PointsSummary",
        "item",
        _build_lines(
            "PointsItem", "program", "type", "points", "transaction_number", "date", "store"
        ),
    )
    promotion_points = _build_nested(
        "PromotionPoints",
        "item",
        _build_lines(
            "PromotionItem",
            "program",
            "promotion",
            "points",
            "remaining",
            "issued_on",
            "issued_at",
            "expiry_date",
        ),
    )
    membership_retention_criteria = RetentionOut(required=False, allow_null=True)


TRANSACTIONS = describe_one_or_many("Transactions", "customers", "customer", TransactionsRow)
REDEMPTIONS = describe_one_or_many("Redemptions", "customers", "customer", RedemptionsRow)
COUPONS = describe_answer("CouponsOfCustomer", "customers", "customer", CouponsRow)
CUSTOMERS = describe_answer("Customers", "customers", "customer", CustomerRow)
