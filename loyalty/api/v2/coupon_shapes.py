"""How coupons and their series read on the wire (operations 21 and 22)."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from operator import not_

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, argument, computed, constant, if_none
from crm.tenancy.models import OrgEntity
from customers.api.v2.loyalty_shapes import format_date
from customers.rules.times import end_of_day
from loyalty.queries.coupons.coupons import EntitySummary, SeriesDetails
from loyalty.rules.programs import MAX_DAYS

ANY_NUMBER = -1  # what the reference shows for "no limit" and "no value"
MAX_BILL_AMOUNT = 2**53 - 1  # what the reference shows if the amount is unlimited
SUCCESS = 200
EARLIEST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_KEYS = {"dom": "days_of_month", "dow": "days_of_week", "hours": "hours"}
_ENTITY_TYPES = {
    "concepts": OrgEntity.Type.CONCEPT,
    "zones": OrgEntity.Type.ZONE,
    "stores": OrgEntity.Type.STORE,
    "tills": OrgEntity.Type.TILL,
}


class IssuedInOut(Shape):
    """The store; empty if the coupon was not issued in a store."""

    code = serializers.CharField(required=False)
    name = serializers.CharField(required=False)


class CouponOut(Shape):
    code = serializers.CharField()
    seriesId = serializers.IntegerField(source="series_id")
    description = serializers.CharField()
    validTill = serializers.DateTimeField(
        source="expires_at", allow_null=True, help_text="Null: it does not expire."
    )
    discountType = serializers.CharField(source="discount_type", help_text="ABS or PERC.")
    discountValue = serializers.FloatField(source="discount_value")
    discountUpto = serializers.FloatField(source="discount_upto", help_text="0: no cap.")
    redemptionCount = serializers.IntegerField(source="redemption_count")
    redemptionsLeft = if_none(
        serializers.IntegerField(source="redemptions_left", help_text="-1: any number."), ANY_NUMBER
    )
    id = serializers.IntegerField()
    createdDate = serializers.DateTimeField(source="issued_at")
    transactionNumber = serializers.CharField(source="transaction_number")
    issuedAt = if_none(IssuedInOut(source="issued_in"), {})
    redemptions = computed(
        serializers.ListField(
            child=serializers.IntegerField(), help_text="The ids of the redemptions."
        ),
        lambda coupon: [redemption.id for redemption in coupon.redemptions],
    )


class PlaceOut(Shape):
    """An entity of the organization; empty if unknown."""

    id = serializers.IntegerField(required=False)
    code = serializers.CharField(required=False)
    description = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    type = serializers.CharField(required=False)
    adminType = constant(serializers.CharField(required=False), "GENERAL")
    isOrgUnit = computed(
        serializers.BooleanField(source="type", required=False),
        lambda type: type == OrgEntity.Type.CONCEPT,
    )


class PlacesOut(serializers.Serializer):
    """The entities that redeem the coupons; four empty lists mean all entities."""

    concepts = PlaceOut(many=True)
    zones = PlaceOut(many=True)
    stores = PlaceOut(many=True)
    tills = PlaceOut(many=True)


def _group_by_type(entities: Iterable[EntitySummary]) -> Answer:
    return {
        key: [PlaceOut.build(entity) for entity in entities if entity.type == type]
        for key, type in _ENTITY_TYPES.items()
    }


def _format_times(times: dict[str, list[int]]) -> str:
    """Return the allowed times as JSON text, as in the reference; -1 means any."""
    values = {
        key: [str(number) for number in times.get(name) or [ANY_NUMBER]]
        for key, name in _TIME_KEYS.items()
    }
    return json.dumps(values, separators=(",", ":"))


def _format_store_ids(entities: Iterable[EntitySummary]) -> str:
    store_ids = [entity.id for entity in entities if entity.type == OrgEntity.Type.STORE]
    return json.dumps(store_ids or [ANY_NUMBER], separators=(",", ":"))


class CouponSeriesOut(Shape):
    isReferralExistingUsersAllowed = constant(serializers.BooleanField(), False)
    isUpdateProductData = constant(serializers.BooleanField(), False)
    mutualExclusiveSeriesIds = computed(
        serializers.CharField(source="exclusive_ids", help_text="A JSON list as text."),
        lambda ids: json.dumps(ids, separators=(",", ":")),
    )
    storeIdsJson = constant(serializers.CharField(), "[-1]")
    isDvsEnabled = constant(serializers.BooleanField(), False)
    maxReferralsPerReferee = constant(serializers.IntegerField(), ANY_NUMBER)
    dvsItems = constant(serializers.CharField(), "false")
    sourceOrgId = constant(serializers.IntegerField(), ANY_NUMBER)
    issueToLoyalty = constant(serializers.BooleanField(), False)
    redeemStoreType = constant(serializers.CharField(), "redeemable_stores")
    offlineRedeemType = constant(serializers.BooleanField(), False)
    isOldFlowEnabled = constant(serializers.BooleanField(), False)
    isPreRedeemEventRequired = constant(serializers.BooleanField(), False)
    signalRedemptionEvent = constant(serializers.BooleanField(), True)
    syncToClient = constant(serializers.BooleanField(), False)
    showPinCode = constant(serializers.BooleanField(), False)
    clientHandlingType = constant(serializers.CharField(), "DISC_CODE")
    expiryStrategyType = constant(serializers.CharField(), "DAYS")
    updateProductData = constant(serializers.BooleanField(), False)
    id = serializers.IntegerField(source="series.pk")
    orgId = serializers.IntegerField(source="series.org_id")
    description = serializers.CharField(source="series.description")
    discountCode = serializers.CharField(source="series.discount_code")
    validTillDate = argument(serializers.DateTimeField(), "last_moment")
    validDaysFromCreation = if_none(
        serializers.IntegerField(
            source="series.valid_days", help_text="-1: until the last day of the series."
        ),
        ANY_NUMBER,
    )
    expiryStrategyValue = if_none(serializers.IntegerField(source="series.valid_days"), ANY_NUMBER)
    maxCreate = if_none(serializers.IntegerField(source="series.max_create"), ANY_NUMBER)
    maxRedeem = if_none(serializers.IntegerField(source="series.max_redeem"), ANY_NUMBER)
    isTransferrable = serializers.BooleanField(source="series.transferable")
    anyUser = serializers.BooleanField(source="series.any_user")
    sameUserMultipleRedeem = serializers.BooleanField(source="series.same_user_may_repeat")
    isMultipleUseAllowed = computed(
        serializers.BooleanField(source="series.max_redemptions_per_coupon"), lambda most: most != 1
    )
    isValidationRequired = serializers.BooleanField(source="series.validation_required")
    isValidWithDiscountedItem = serializers.BooleanField(
        source="series.valid_with_discounted_items"
    )
    createdBy = serializers.IntegerField(source="series.created_by_id", allow_null=True)
    numIssued = serializers.IntegerField(source="series.issued_count")
    numRedeemed = serializers.IntegerField(source="series.redeemed_count")
    createdOn = serializers.DateTimeField(source="series.created_at")
    lastUsed = serializers.DateTimeField(source="series.last_used_at", allow_null=True)
    seriesCode = serializers.CharField(source="series.code")
    smsTemplate = serializers.CharField(source="series.sms_template")
    isSMSDisabled = serializers.BooleanField(source="series.sms_disabled")
    info = serializers.CharField(source="series.info")
    isMultipleVouchersPerUserAllowed = serializers.BooleanField(source="series.several_per_user")
    doNotResendExistingVoucher = computed(
        serializers.BooleanField(source="series.resend_held"), not_
    )
    dvsExpiryDate = argument(serializers.DateTimeField(), "last_moment")
    priority = serializers.IntegerField(source="series.priority")
    shortSMSTemplate = serializers.CharField(source="series.short_sms_template")
    maxVouchersPerUser = if_none(
        serializers.IntegerField(source="series.max_coupons_per_user"), ANY_NUMBER
    )
    minDaysBetweenVouchers = if_none(
        serializers.IntegerField(source="series.min_days_between_coupons"), ANY_NUMBER
    )
    discountUpto = serializers.FloatField(source="series.discount_upto")
    discountValue = serializers.FloatField(source="series.discount_value")
    redemptionRange = computed(
        serializers.CharField(
            source="series.redeemable_when",
            help_text="JSON as text: days of the month, days of the week (Monday is 1), hours.",
        ),
        _format_times,
    )
    minBillAmount = serializers.FloatField(source="series.min_bill_amount")
    maxBillAmount = if_none(
        serializers.FloatField(source="series.max_bill_amount"), MAX_BILL_AMOUNT
    )
    redeemAtStore = computed(
        serializers.CharField(
            source="redeemable_at", help_text="JSON as text: the stores' ids, or -1."
        ),
        _format_store_ids,
    )
    campaignId = if_none(serializers.IntegerField(source="series.campaign_id"), ANY_NUMBER)
    tag = serializers.CharField(source="series.tag")
    maxRedemptionsInSeriesPerUser = if_none(
        serializers.IntegerField(source="series.max_redemptions_per_user"), ANY_NUMBER
    )
    minDaysBetweenRedemption = if_none(
        serializers.IntegerField(source="series.min_days_between_redemptions"), ANY_NUMBER
    )
    redemptionValidFrom = argument(serializers.DateTimeField(), "redeemable_from")
    brands = serializers.ListField(source="series.brands", child=serializers.JSONField())
    products = serializers.ListField(source="series.products", child=serializers.JSONField())
    categories = serializers.ListField(source="series.categories", child=serializers.JSONField())
    termsAndConditions = serializers.CharField(source="series.terms")
    validRedemptionOrgEntityDetails = computed(PlacesOut(source="redeemable_at"), _group_by_type)
    seriesType = serializers.CharField(source="series.series_type")
    discountOn = serializers.CharField(source="series.discount_on")
    discountType = serializers.CharField(source="series.discount_type")
    dvsExpiryDateFormat = computed(
        serializers.DateField(), lambda _, last_day: last_day.isoformat()
    )
    validTilldateFormat = computed(
        serializers.DateField(), lambda _, last_day: last_day.isoformat()
    )
    redemptionValidFromFormat = computed(
        serializers.DateField(), lambda _, redeemable_from, zone: format_date(redeemable_from, zone)
    )


class CouponSeriesRulesOut(CouponSeriesOut):
    isActive = serializers.BooleanField(source="series.is_active")
    exclusiveGroup = serializers.CharField(source="series.exclusive_group", allow_blank=True)
    maxRedemptionsPerCoupon = if_none(
        serializers.IntegerField(source="series.max_redemptions_per_coupon"), ANY_NUMBER
    )


def build_coupon_series(
    details: SeriesDetails, zone: tzinfo, shape: type[CouponSeriesOut] = CouponSeriesOut
) -> Answer:
    """Return a series; without a last day it is shown to run for a hundred years."""
    series = details.series
    last_day = series.valid_till_date or _add_hundred_years(series.created_at, zone)
    return shape.build(
        details,
        zone=zone,
        last_day=last_day,
        last_moment=end_of_day(last_day, zone),
        redeemable_from=series.redeemable_from or EARLIEST_MOMENT,
    )


def _add_hundred_years(moment: datetime, zone: tzinfo) -> date:
    day = moment.astimezone(zone).date()
    return min(day, date.max - timedelta(days=MAX_DAYS)) + timedelta(days=MAX_DAYS)


class StatusCodeOut(serializers.Serializer):
    status = serializers.BooleanField()
    code = serializers.IntegerField()
    message = serializers.CharField()


class CouponStatusOut(serializers.Serializer):
    statusCode = StatusCodeOut()
    warnings = StatusCodeOut(many=True)
    warningsAsStatusCode = StatusCodeOut(many=True)
    code = serializers.IntegerField()
    success = serializers.BooleanField()
    message = serializers.CharField()


def build_coupon_status(error: Answer | None) -> Answer:
    """Return whether the coupon can be redeemed, or the ``error`` that says why not."""
    status = error or {"status": True, "code": SUCCESS, "message": "Success"}
    return {
        "statusCode": status,
        "warnings": [],
        "warningsAsStatusCode": [],
        "code": status["code"],
        "success": status["status"],
        "message": status["message"],
    }


class RedemptionOut(Shape):
    id = serializers.IntegerField()
    redeemedBy = serializers.IntegerField(source="customer_id", help_text="The customer's id.")
    redeemedOn = serializers.DateTimeField(source="redeemed_at")
    redeemedAt = if_none(PlaceOut(source="redeemed_in"), {})
    transactionNumber = serializers.CharField(source="transaction_number")
    billAmount = serializers.FloatField(source="bill_amount", allow_null=True)
    discount = serializers.FloatField(allow_null=True)


class CouponInFullOut(Shape):
    id = serializers.IntegerField()
    seriesId = serializers.IntegerField(source="series_id")
    series = argument(CouponSeriesOut(), "series")
    code = serializers.CharField()
    description = serializers.CharField()
    createdDate = serializers.DateTimeField(source="issued_at")
    validTill = serializers.DateTimeField(
        source="expires_at", allow_null=True, help_text="Null: it does not expire."
    )
    isRedeemed = computed(serializers.BooleanField(source="redemption_count"), bool)
    issuedTo = serializers.IntegerField(source="customer_id", help_text="The customer's id.")
    issuedBy = serializers.IntegerField(
        source="issued_by_id", allow_null=True, help_text="The id of an entity."
    )
    orgId = serializers.IntegerField(source="org_id")
    refId = constant(serializers.IntegerField(), 0)
    issuedAt = if_none(PlaceOut(source="issued_in", help_text="The store."), {})
    status = argument(CouponStatusOut(), "status")
    couponDiscountType = serializers.CharField(source="discount_type")
    issuedOn = serializers.DateTimeField(source="issued_at")
    activeFrom = serializers.DateTimeField(source="active_from")
    redemptionsLeft = if_none(
        serializers.IntegerField(source="redemptions_left", help_text="-1: any number."), ANY_NUMBER
    )
    couponStatus = argument(CouponStatusOut(), "status")
    redemptionInfo = RedemptionOut(source="redemptions", many=True)
    discountType = constant(
        serializers.BooleanField(help_text="Always false; see couponDiscountType."), False
    )
    discountValue = serializers.FloatField(source="discount_value")
    discountUpto = serializers.FloatField(source="discount_upto")
    redeemed = computed(serializers.BooleanField(source="redemption_count"), bool)
    seriesName = serializers.CharField(source="description")
    trimmedCode = serializers.CharField(source="code")
