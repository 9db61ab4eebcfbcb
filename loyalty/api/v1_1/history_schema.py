"""The answers about what customers did, for the API page."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.schema import ItemStatusOut, answer_of, maybe_text, one_or_many_of
from customers.api.v1_1.entering_schema import FieldsOut
from customers.api.v1_1.whom_schema import WhomOut


def _under(name: str, child: str, line: serializers.Field) -> serializers.Serializer:
    return inline_serializer(name, {child: line}, required=False)


def _lines(name: str, *keys: str) -> serializers.Serializer:
    """Lines of texts."""
    return inline_serializer(name, {key: maybe_text() for key in keys}, many=True)


class CodeAndNameOut(serializers.Serializer):
    code = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)


class _Named(WhomOut):
    firstname = maybe_text()
    lastname = maybe_text()
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
    line_items = _under("BillLines", "line_item", serializers.CharField(allow_blank=True))
    credit_notes = _under(
        "CreditNotes",
        "credit_note",
        _lines("CreditNote", "id", "number", "amount", "notes", "date"),
    )
    custom_fields = FieldsOut(required=False)


class TransactionsRow(_Named):
    lifetime_points = maybe_text()
    lifetime_purchases = maybe_text()
    loyalty_points = maybe_text()
    current_slab = maybe_text()
    registered_on = maybe_text()
    updated_on = maybe_text()
    count = maybe_text()
    start = maybe_text()
    rows = maybe_text()
    transactions = inline_serializer("Bills", {"transaction": BillOut(many=True)}, required=False)


REDEMPTION = ("id", "transaction_number", "redeemed_time", "redeemed_at")


class RedemptionsRow(_Named):
    rows = maybe_text()
    coupons_count = maybe_text()
    points_count = maybe_text()
    coupons_start_id = maybe_text()
    points_start_id = maybe_text()
    redemptions = inline_serializer(
        "RedemptionLists",
        {
            "coupons": _under(
                "RedeemedCoupons",
                "coupon",
                _lines(
                    "RedeemedCoupon",
                    *REDEMPTION,
                    "code",
                    "series_id",
                    "description",
                    "discount_code",
                    "discount_type",
                ),
            ),
            "points": _under(
                "RedeemedPointsList",
                "point",
                _lines("RedeemedPoints", *REDEMPTION, "points_redeemed"),
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
    valid_till = maybe_text()
    code = serializers.CharField()
    transaction_number = serializers.CharField(allow_blank=True)
    redemptions = inline_serializer("CouponUses", {"redemption": UseOut(many=True)})


class CouponsRow(_Named):
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


class CustomerRow(_Named):
    lifetime_points = serializers.FloatField(required=False)
    lifetime_purchases = serializers.FloatField(required=False)
    loyalty_points = serializers.FloatField(required=False)
    current_slab = maybe_text()
    registered_on = maybe_text()
    updated_on = maybe_text()
    type = maybe_text()
    source = maybe_text()  # type: ignore[assignment]
    identifiers = inline_serializer(
        "HeldIdentifier",
        {"type": serializers.CharField(), "value": serializers.CharField()},
        many=True,
        required=False,
    )
    registered_by = maybe_text()
    registered_store = CodeAndNameOut(required=False)
    registered_till = CodeAndNameOut(required=False)
    fraud_details = inline_serializer(
        "FraudDetails",
        {"status": maybe_text(), "marked_by": maybe_text(), "modified_on": maybe_text()},
        required=False,
    )
    trackers = maybe_text()
    current_nps_status = maybe_text()
    custom_fields = FieldsOut(required=False)
    extended_fields = FieldsOut(required=False)
    transactions = _under(
        "RecentBills",
        "transaction",
        _lines("RecentBill", "id", "number", "type", "created_date", "store"),
    )
    coupons = inline_serializer("GoodCoupons", {"coupon": CouponOut(many=True)}, required=False)
    notes = inline_serializer(
        "RecentNote",
        {"id": maybe_text(), "description": maybe_text(), "added_on": maybe_text()},
        many=True,
        required=False,
    )
    next_slab = NextSlabOut(required=False, allow_null=True)
    slab_history = _under(
        "SlabHistory",
        "slab",
        _lines("SlabStep", "program", "from", "to", "reason", "changed_on", "expires_on", "store"),
    )
    ndsc_status = inline_serializer("NdscStatus", {"status": maybe_text()}, required=False)
    optin_status = _under(
        "OptinStatus", "service", _lines("OptinService", "name", "priority", "status")
    )
    expiry_schedule = _under(
        "ExpirySchedule", "schedule", _lines("ExpiringPoints", "program", "points", "expiry_date")
    )
    expired_points = _under(
        "ExpiredPoints", "item", _lines("ExpiredItem", "program", "points", "expired_on")
    )
    points_summary = _under(
        "PointsSummary",
        "item",
        _lines("PointsItem", "program", "type", "points", "transaction_number", "date", "store"),
    )
    promotion_points = _under(
        "PromotionPoints",
        "item",
        _lines(
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


TRANSACTIONS = one_or_many_of("Transactions", "customers", "customer", TransactionsRow)
REDEMPTIONS = one_or_many_of("Redemptions", "customers", "customer", RedemptionsRow)
COUPONS = answer_of("CouponsOfCustomer", "customers", "customer", CouponsRow)
CUSTOMERS = answer_of("Customers", "customers", "customer", CustomerRow)
