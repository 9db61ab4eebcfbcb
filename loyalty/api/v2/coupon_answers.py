"""How coupons and their series read on the wire (operations 21 and 22)."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from crm.dialects.entry import Entry
from crm.tenancy.models import OrgEntity
from customers.rules.times import end_of_day
from loyalty.queries.coupons import CouponLine, Place, RedemptionLine, SeriesDetails
from loyalty.rules.programs import MOST_DAYS

Answer = dict[str, Any]

ANY = -1  # the reference's word for "any number" and "none in particular"
MOST_BILL = 2**53 - 1  # what the reference shows where bills may be of any size
SUCCESS = 200
SINCE_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = {"dom": "days_of_month", "dow": "days_of_week", "hours": "hours"}
_PLACES = {
    "concepts": OrgEntity.Type.CONCEPT,
    "zones": OrgEntity.Type.ZONE,
    "stores": OrgEntity.Type.STORE,
    "tills": OrgEntity.Type.TILL,
}
# What the reference shows of every series and we decide nothing about.
_OF_EVERY_SERIES: Answer = {
    "isReferralExistingUsersAllowed": False,
    "isUpdateProductData": False,
    "mutualExclusiveSeriesIds": "[]",
    "storeIdsJson": "[-1]",
    "isDvsEnabled": False,
    "maxReferralsPerReferee": ANY,
    "dvsItems": "false",
    "sourceOrgId": ANY,
    "issueToLoyalty": False,
    "redeemStoreType": "redeemable_stores",
    "offlineRedeemType": False,
    "isOldFlowEnabled": False,
    "isPreRedeemEventRequired": False,
    "signalRedemptionEvent": True,
    "syncToClient": False,
    "showPinCode": False,
    "clientHandlingType": "DISC_CODE",
    "expiryStrategyType": "DAYS",
    "updateProductData": False,
}


def coupon_answer(coupon: CouponLine) -> Answer:
    """Return a coupon of operation 21; ``redemptions`` are ids, as the reference says."""
    return {
        "code": coupon.code,
        "seriesId": coupon.series_id,
        "description": coupon.description,
        "validTill": coupon.expires_at,
        "discountType": coupon.discount_type,
        "discountValue": coupon.discount_value,
        "discountUpto": coupon.discount_upto,
        "redemptionCount": coupon.redemption_count,
        "redemptionsLeft": _limit(coupon.redemptions_left),
        "id": coupon.id,
        "createdDate": coupon.issued_at,
        "transactionNumber": coupon.transaction_number,
        "issuedAt": (
            {"code": coupon.issued_in.code, "name": coupon.issued_in.name}
            if coupon.issued_in
            else {}
        ),
        "redemptions": [redemption.id for redemption in coupon.redemptions],
    }


def coupon_in_full(
    coupon: CouponLine, series: SeriesDetails, zone: tzinfo, resent: Entry
) -> Answer:
    """Return a coupon of operation 22; ``resent`` says that it was issued before."""
    is_redeemed = coupon.redemption_count > 0
    return {
        "id": coupon.id,
        "seriesId": coupon.series_id,
        "series": _series(series, zone),
        "code": coupon.code,
        "description": coupon.description,
        "createdDate": coupon.issued_at,
        "validTill": coupon.expires_at,
        "isRedeemed": is_redeemed,
        "issuedTo": coupon.customer_id,
        "issuedBy": coupon.issued_by_id,
        "orgId": coupon.org_id,
        "refId": 0,
        "issuedAt": _place(coupon.issued_in),
        "status": _status(resent.code, resent.message),
        "couponDiscountType": coupon.discount_type,
        "issuedOn": coupon.issued_at,
        "activeFrom": coupon.active_from,
        "redemptionsLeft": _limit(coupon.redemptions_left),
        "couponStatus": _status(SUCCESS, "Success"),
        "redemptionInfo": [_redemption(line) for line in coupon.redemptions],
        "discountType": False,
        "discountValue": coupon.discount_value,
        "discountUpto": coupon.discount_upto,
        "redeemed": is_redeemed,
        "seriesName": coupon.description,
        "trimmedCode": coupon.code,
    }


def _series(details: SeriesDetails, zone: tzinfo) -> Answer:
    series = details.series
    last_day = series.valid_till_date or _hundred_years_later(series.created_at, zone)
    last_moment = end_of_day(last_day, zone)
    since = series.redeemable_from or SINCE_EVER
    days = _limit(series.valid_days)
    return {
        **_OF_EVERY_SERIES,
        "id": series.pk,
        "orgId": series.org_id,
        "description": series.description,
        "discountCode": series.discount_code,
        "validTillDate": last_moment,
        "validDaysFromCreation": days,
        "expiryStrategyValue": days,
        "maxCreate": _limit(series.max_create),
        "maxRedeem": _limit(series.max_redeem),
        "isTransferrable": series.transferable,
        "anyUser": series.any_user,
        "sameUserMultipleRedeem": series.same_user_may_repeat,
        "isMultipleUseAllowed": series.max_redemptions_per_coupon != 1,
        "isValidationRequired": series.validation_required,
        "isValidWithDiscountedItem": series.valid_with_discounted_items,
        "createdBy": series.created_by_id,
        "numIssued": series.issued_count,
        "numRedeemed": series.redeemed_count,
        "createdOn": series.created_at,
        "lastUsed": series.last_used_at,
        "seriesCode": series.code,
        "smsTemplate": series.sms_template,
        "isSMSDisabled": series.sms_disabled,
        "info": series.info,
        "isMultipleVouchersPerUserAllowed": series.several_per_user,
        "doNotResendExistingVoucher": not series.resend_held,
        "dvsExpiryDate": last_moment,
        "priority": series.priority,
        "shortSMSTemplate": series.short_sms_template,
        "maxVouchersPerUser": _limit(series.max_coupons_per_user),
        "minDaysBetweenVouchers": _limit(series.min_days_between_coupons),
        "discountUpto": series.discount_upto,
        "discountValue": series.discount_value,
        "redemptionRange": _times(series.redeemable_when),
        "minBillAmount": series.min_bill_amount,
        "maxBillAmount": (MOST_BILL if series.max_bill_amount is None else series.max_bill_amount),
        "redeemAtStore": _store_ids(details.redeemable_at),
        "campaignId": _limit(series.campaign_id),
        "tag": series.tag,
        "maxRedemptionsInSeriesPerUser": _limit(series.max_redemptions_per_user),
        "minDaysBetweenRedemption": _limit(series.min_days_between_redemptions),
        "redemptionValidFrom": since,
        "brands": series.brands,
        "products": series.products,
        "categories": series.categories,
        "termsAndConditions": series.terms,
        "validRedemptionOrgEntityDetails": {
            key: [_place(place) for place in details.redeemable_at if place.type == type]
            for key, type in _PLACES.items()
        },
        "seriesType": series.series_type,
        "discountOn": series.discount_on,
        "discountType": series.discount_type,
        "dvsExpiryDateFormat": last_day.isoformat(),
        "validTilldateFormat": last_day.isoformat(),
        "redemptionValidFromFormat": since.astimezone(zone).date().isoformat(),
    }


def _hundred_years_later(moment: datetime, zone: tzinfo) -> date:
    day = moment.astimezone(zone).date()
    return min(day, date.max - timedelta(days=MOST_DAYS)) + timedelta(days=MOST_DAYS)


def _limit(limit: int | None) -> int:
    return ANY if limit is None else limit


def _times(when: dict[str, list[int]]) -> str:
    """Write the times as text in JSON, as the reference has them; none is any."""
    range = {
        key: [str(number) for number in when.get(name) or [ANY]] for key, name in _TIMES.items()
    }
    return json.dumps(range, separators=(",", ":"))


def _store_ids(places: Iterable[Place]) -> str:
    stores = [place.id for place in places if place.type == OrgEntity.Type.STORE]
    return json.dumps(stores or [ANY], separators=(",", ":"))


def _place(place: Place | None) -> Answer:
    if place is None:
        return {}
    return {
        "id": place.id,
        "code": place.code,
        "description": place.description,
        "name": place.name,
        "type": place.type,
        "adminType": "GENERAL",
        "isOrgUnit": place.type == OrgEntity.Type.CONCEPT,
    }


def _status(code: int, message: str) -> Answer:
    return {
        "statusCode": {"status": True, "code": code, "message": message},
        "warnings": [],
        "warningsAsStatusCode": [],
        "code": code,
        "success": True,
        "message": message,
    }


def _redemption(line: RedemptionLine) -> Answer:
    return {
        "id": line.id,
        "redeemedBy": line.customer_id,
        "redeemedOn": line.redeemed_at,
        "redeemedAt": _place(line.redeemed_in),
        "transactionNumber": line.transaction_number,
        "billAmount": line.bill_amount,
        "discount": line.discount,
    }
