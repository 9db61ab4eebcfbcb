"""The schema of coupons and their series for the API page; answers do not use it."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers


class IssuedInOut(serializers.Serializer):
    """The store; empty if the coupon was not issued in a store."""

    code = serializers.CharField(required=False)
    name = serializers.CharField(required=False)


class CouponOut(serializers.Serializer):
    code = serializers.CharField()
    seriesId = serializers.IntegerField()
    description = serializers.CharField()
    validTill = serializers.DateTimeField(allow_null=True, help_text="Null: it does not expire.")
    discountType = serializers.CharField(help_text="ABS or PERC.")
    discountValue = serializers.FloatField()
    discountUpto = serializers.FloatField(help_text="0: no cap.")
    redemptionCount = serializers.IntegerField()
    redemptionsLeft = serializers.IntegerField(help_text="-1: any number.")
    id = serializers.IntegerField()
    createdDate = serializers.DateTimeField()
    transactionNumber = serializers.CharField()
    issuedAt = IssuedInOut()
    redemptions = serializers.ListField(
        child=serializers.IntegerField(), help_text="The ids of the redemptions."
    )


class PlaceOut(serializers.Serializer):
    """An entity of the organization; empty if unknown."""

    id = serializers.IntegerField(required=False)
    code = serializers.CharField(required=False)
    description = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    type = serializers.CharField(required=False)
    adminType = serializers.CharField(required=False)
    isOrgUnit = serializers.BooleanField(required=False)


class PlacesOut(serializers.Serializer):
    """The entities that redeem the coupons; four empty lists mean all entities."""

    concepts = PlaceOut(many=True)
    zones = PlaceOut(many=True)
    stores = PlaceOut(many=True)
    tills = PlaceOut(many=True)


class CouponSeriesOut(serializers.Serializer):
    id = serializers.IntegerField()
    orgId = serializers.IntegerField()
    description = serializers.CharField()
    discountCode = serializers.CharField()
    validTillDate = serializers.DateTimeField()
    validDaysFromCreation = serializers.IntegerField(
        help_text="-1: until the last day of the series."
    )
    expiryStrategyValue = serializers.IntegerField()
    maxCreate = serializers.IntegerField()
    maxRedeem = serializers.IntegerField()
    isTransferrable = serializers.BooleanField()
    anyUser = serializers.BooleanField()
    sameUserMultipleRedeem = serializers.BooleanField()
    isReferralExistingUsersAllowed = serializers.BooleanField()
    isMultipleUseAllowed = serializers.BooleanField()
    isValidationRequired = serializers.BooleanField()
    isValidWithDiscountedItem = serializers.BooleanField()
    createdBy = serializers.IntegerField(allow_null=True)
    numIssued = serializers.IntegerField()
    numRedeemed = serializers.IntegerField()
    createdOn = serializers.DateTimeField()
    lastUsed = serializers.DateTimeField(allow_null=True)
    seriesCode = serializers.CharField()
    smsTemplate = serializers.CharField()
    isSMSDisabled = serializers.BooleanField()
    isUpdateProductData = serializers.BooleanField()
    info = serializers.CharField()
    isMultipleVouchersPerUserAllowed = serializers.BooleanField()
    doNotResendExistingVoucher = serializers.BooleanField()
    mutualExclusiveSeriesIds = serializers.CharField(help_text="A JSON list as text.")
    storeIdsJson = serializers.CharField()
    isDvsEnabled = serializers.BooleanField()
    dvsExpiryDate = serializers.DateTimeField()
    priority = serializers.IntegerField()
    shortSMSTemplate = serializers.CharField()
    maxVouchersPerUser = serializers.IntegerField()
    minDaysBetweenVouchers = serializers.IntegerField()
    maxReferralsPerReferee = serializers.IntegerField()
    discountUpto = serializers.FloatField()
    discountValue = serializers.FloatField()
    dvsItems = serializers.CharField()
    redemptionRange = serializers.CharField(
        help_text="JSON as text: days of the month, days of the week (Monday is 1), hours."
    )
    minBillAmount = serializers.FloatField()
    maxBillAmount = serializers.FloatField()
    redeemAtStore = serializers.CharField(help_text="JSON as text: the stores' ids, or -1.")
    campaignId = serializers.IntegerField()
    tag = serializers.CharField()
    maxRedemptionsInSeriesPerUser = serializers.IntegerField()
    minDaysBetweenRedemption = serializers.IntegerField()
    redemptionValidFrom = serializers.DateTimeField()
    sourceOrgId = serializers.IntegerField()
    issueToLoyalty = serializers.BooleanField()
    redeemStoreType = serializers.CharField()
    offlineRedeemType = serializers.BooleanField()
    isOldFlowEnabled = serializers.BooleanField()
    isPreRedeemEventRequired = serializers.BooleanField()
    brands = serializers.ListField(child=serializers.JSONField())
    products = serializers.ListField(child=serializers.JSONField())
    categories = serializers.ListField(child=serializers.JSONField())
    termsAndConditions = serializers.CharField()
    signalRedemptionEvent = serializers.BooleanField()
    syncToClient = serializers.BooleanField()
    showPinCode = serializers.BooleanField()
    validRedemptionOrgEntityDetails = PlacesOut()
    seriesType = serializers.CharField()
    clientHandlingType = serializers.CharField()
    expiryStrategyType = serializers.CharField()
    discountOn = serializers.CharField()
    discountType = serializers.CharField()
    dvsExpiryDateFormat = serializers.DateField()
    updateProductData = serializers.BooleanField()
    validTilldateFormat = serializers.DateField()
    redemptionValidFromFormat = serializers.DateField()


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


class RedemptionOut(serializers.Serializer):
    id = serializers.IntegerField()
    redeemedBy = serializers.IntegerField(help_text="The customer's id.")
    redeemedOn = serializers.DateTimeField()
    redeemedAt = PlaceOut()
    transactionNumber = serializers.CharField()
    billAmount = serializers.FloatField(allow_null=True)
    discount = serializers.FloatField(allow_null=True)


class CouponInFullOut(serializers.Serializer):
    id = serializers.IntegerField()
    seriesId = serializers.IntegerField()
    series = CouponSeriesOut()
    code = serializers.CharField()
    description = serializers.CharField()
    createdDate = serializers.DateTimeField()
    validTill = serializers.DateTimeField(allow_null=True, help_text="Null: it does not expire.")
    isRedeemed = serializers.BooleanField()
    issuedTo = serializers.IntegerField(help_text="The customer's id.")
    issuedBy = serializers.IntegerField(allow_null=True, help_text="The id of an entity.")
    orgId = serializers.IntegerField()
    refId = serializers.IntegerField()
    issuedAt = PlaceOut(help_text="The store.")
    status = CouponStatusOut()
    couponDiscountType = serializers.CharField()
    issuedOn = serializers.DateTimeField()
    activeFrom = serializers.DateTimeField()
    redemptionsLeft = serializers.IntegerField(help_text="-1: any number.")
    couponStatus = CouponStatusOut()
    redemptionInfo = RedemptionOut(many=True)
    discountType = serializers.BooleanField(help_text="Always false; see couponDiscountType.")
    discountValue = serializers.FloatField()
    discountUpto = serializers.FloatField()
    redeemed = serializers.BooleanField()
    seriesName = serializers.CharField()
    trimmedCode = serializers.CharField()


_STATUS: dict[str, Any] = {"warnings": [], "warningsAsStatusCode": [], "success": True}
_STORE = {
    "id": 50006795,
    "code": "storecode",
    "description": "webenagestore",
    "name": "webstore1",
    "type": "STORE",
    "adminType": "GENERAL",
    "isOrgUnit": False,
}
_SERIES: dict[str, Any] = {
    "id": 14162,
    "orgId": 50074,
    "description": "Mobile Push offer 1",
    "discountCode": "MobilePush",
    "validTillDate": "2118-09-10T23:59:59+05:30",
    "validDaysFromCreation": 30,
    "expiryStrategyValue": 30,
    "maxCreate": 1000,
    "maxRedeem": -1,
    "isTransferrable": False,
    "anyUser": False,
    "sameUserMultipleRedeem": False,
    "isReferralExistingUsersAllowed": False,
    "isMultipleUseAllowed": False,
    "isValidationRequired": False,
    "isValidWithDiscountedItem": False,
    "createdBy": 4,
    "numIssued": 78,
    "numRedeemed": 6,
    "createdOn": "2018-09-10T14:45:06+05:30",
    "lastUsed": "2019-10-31T16:47:39+05:30",
    "seriesCode": "GM0V3HXC",
    "smsTemplate": "Your coupon code: {{voucher}}",
    "isSMSDisabled": False,
    "isUpdateProductData": False,
    "info": "Mobile Push offer 1",
    "isMultipleVouchersPerUserAllowed": True,
    "doNotResendExistingVoucher": True,
    "mutualExclusiveSeriesIds": "[]",
    "storeIdsJson": "[-1]",
    "isDvsEnabled": False,
    "dvsExpiryDate": "2118-09-10T23:59:59+05:30",
    "priority": 0,
    "shortSMSTemplate": "{{voucher_code}}",
    "maxVouchersPerUser": -1,
    "minDaysBetweenVouchers": -1,
    "maxReferralsPerReferee": -1,
    "discountUpto": 0.0,
    "discountValue": 10.0,
    "dvsItems": "false",
    "redemptionRange": '{"dom":["-1"],"dow":["-1"],"hours":["-1"]}',
    "minBillAmount": 0.0,
    "maxBillAmount": 9007199254740991.0,
    "redeemAtStore": "[-1]",
    "campaignId": -1,
    "tag": "Mobile Push offer 1",
    "maxRedemptionsInSeriesPerUser": -1,
    "minDaysBetweenRedemption": -1,
    "redemptionValidFrom": "1970-01-01T05:30:00+05:30",
    "sourceOrgId": -1,
    "issueToLoyalty": False,
    "redeemStoreType": "redeemable_stores",
    "offlineRedeemType": False,
    "isOldFlowEnabled": False,
    "isPreRedeemEventRequired": False,
    "brands": [],
    "products": [],
    "categories": [],
    "termsAndConditions": "T&C apply",
    "signalRedemptionEvent": True,
    "syncToClient": False,
    "showPinCode": False,
    "validRedemptionOrgEntityDetails": {"concepts": [], "zones": [], "stores": [], "tills": []},
    "seriesType": "LOYALTY",
    "clientHandlingType": "DISC_CODE",
    "expiryStrategyType": "DAYS",
    "discountOn": "BILL",
    "discountType": "PERC",
    "dvsExpiryDateFormat": "2118-09-10",
    "updateProductData": False,
    "validTilldateFormat": "2118-09-10",
    "redemptionValidFromFormat": "1970-01-01",
}


def _build_status(code: int, message: str) -> dict[str, Any]:
    code_and_message = {"code": code, "message": message}
    return {**_STATUS, **code_and_message, "statusCode": {"status": True, **code_and_message}}


COUPON_EXAMPLE = OpenApiExample(
    "One coupon",
    value={
        "entity": [
            {
                "id": 33267197,
                "seriesId": 14162,
                "series": _SERIES,
                "code": "ER07BCJ8",
                "description": "Mobile Push offer 1",
                "createdDate": "2019-10-31T17:15:02+05:30",
                "validTill": "2019-11-30T23:59:59+05:30",
                "isRedeemed": False,
                "issuedTo": 343040815,
                "issuedBy": 50006796,
                "orgId": 50074,
                "refId": 0,
                "issuedAt": _STORE,
                "status": _build_status(
                    700, "The customer holds a coupon of the series; it was answered again."
                ),
                "couponDiscountType": "PERC",
                "issuedOn": "2019-10-31T17:15:02+05:30",
                "activeFrom": "2019-10-31T17:15:02+05:30",
                "redemptionsLeft": 1,
                "couponStatus": _build_status(200, "Success"),
                "redemptionInfo": [],
                "discountType": False,
                "discountValue": 10.0,
                "discountUpto": 0.0,
                "redeemed": False,
                "seriesName": "Mobile Push offer 1",
                "trimmedCode": "ER07BCJ8",
            }
        ],
        "warnings": [],
        "errors": [],
        "success": True,
    },
    response_only=True,
)
