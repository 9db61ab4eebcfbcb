"""The answers about coupons and their series (operations 21 and 22)."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from crm.dialects.catalogue_entry import Entry
from crm.tenancy.models import OrgEntity
from customers.rules.times import end_of_day
from loyalty.queries.coupons.coupons import CouponLine, EntitySummary, RedemptionLine, SeriesDetails
from loyalty.rules.programs import MAX_DAYS

Answer = dict[str, Any]

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
# Values that the reference shows for every series and that have no setting here.
_FIXED_SERIES_VALUES: Answer = {
    "isReferralExistingUsersAllowed": False,
    "isUpdateProductData": False,
    "mutualExclusiveSeriesIds": "[]",
    "storeIdsJson": "[-1]",
    "isDvsEnabled": False,
    "maxReferralsPerReferee": ANY_NUMBER,
    "dvsItems": "false",
    "sourceOrgId": ANY_NUMBER,
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
    """Return a coupon of operation 21; ``redemptions`` are ids, as in the reference."""
    return {
        "code": coupon.code,
        "seriesId": coupon.series_id,
        "description": coupon.description,
        "validTill": coupon.expires_at,
        "discountType": coupon.discount_type,
        "discountValue": coupon.discount_value,
        "discountUpto": coupon.discount_upto,
        "redemptionCount": coupon.redemption_count,
        "redemptionsLeft": _limit_answer(coupon.redemptions_left),
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


def full_coupon_answer(
    coupon: CouponLine, series: SeriesDetails, zone: tzinfo, resent_entry: Entry
) -> Answer:
    """Return a coupon of operation 22; ``resent_entry`` is the entry for a coupon issued before."""
    is_redeemed = coupon.redemption_count > 0
    return {
        "id": coupon.id,
        "seriesId": coupon.series_id,
        "series": _series_answer(series, zone),
        "code": coupon.code,
        "description": coupon.description,
        "createdDate": coupon.issued_at,
        "validTill": coupon.expires_at,
        "isRedeemed": is_redeemed,
        "issuedTo": coupon.customer_id,
        "issuedBy": coupon.issued_by_id,
        "orgId": coupon.org_id,
        "refId": 0,
        "issuedAt": _entity_answer(coupon.issued_in),
        "status": _status_answer(resent_entry.code, resent_entry.message),
        "couponDiscountType": coupon.discount_type,
        "issuedOn": coupon.issued_at,
        "activeFrom": coupon.active_from,
        "redemptionsLeft": _limit_answer(coupon.redemptions_left),
        "couponStatus": _status_answer(SUCCESS, "Success"),
        "redemptionInfo": [_redemption_answer(line) for line in coupon.redemptions],
        "discountType": False,
        "discountValue": coupon.discount_value,
        "discountUpto": coupon.discount_upto,
        "redeemed": is_redeemed,
        "seriesName": coupon.description,
        "trimmedCode": coupon.code,
    }


def _series_answer(details: SeriesDetails, zone: tzinfo) -> Answer:
    series = details.series
    last_day = series.valid_till_date or _add_hundred_years(series.created_at, zone)
    last_moment = end_of_day(last_day, zone)
    redeemable_from = series.redeemable_from or EARLIEST_MOMENT
    valid_days = _limit_answer(series.valid_days)
    return {
        **_FIXED_SERIES_VALUES,
        "id": series.pk,
        "orgId": series.org_id,
        "description": series.description,
        "discountCode": series.discount_code,
        "validTillDate": last_moment,
        "validDaysFromCreation": valid_days,
        "expiryStrategyValue": valid_days,
        "maxCreate": _limit_answer(series.max_create),
        "maxRedeem": _limit_answer(series.max_redeem),
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
        "maxVouchersPerUser": _limit_answer(series.max_coupons_per_user),
        "minDaysBetweenVouchers": _limit_answer(series.min_days_between_coupons),
        "discountUpto": series.discount_upto,
        "discountValue": series.discount_value,
        "redemptionRange": _format_times(series.redeemable_when),
        "minBillAmount": series.min_bill_amount,
        "maxBillAmount": (
            MAX_BILL_AMOUNT if series.max_bill_amount is None else series.max_bill_amount
        ),
        "redeemAtStore": _format_store_ids(details.redeemable_at),
        "campaignId": _limit_answer(series.campaign_id),
        "tag": series.tag,
        "maxRedemptionsInSeriesPerUser": _limit_answer(series.max_redemptions_per_user),
        "minDaysBetweenRedemption": _limit_answer(series.min_days_between_redemptions),
        "redemptionValidFrom": redeemable_from,
        "brands": series.brands,
        "products": series.products,
        "categories": series.categories,
        "termsAndConditions": series.terms,
        "validRedemptionOrgEntityDetails": {
            key: [_entity_answer(entity) for entity in details.redeemable_at if entity.type == type]
            for key, type in _ENTITY_TYPES.items()
        },
        "seriesType": series.series_type,
        "discountOn": series.discount_on,
        "discountType": series.discount_type,
        "dvsExpiryDateFormat": last_day.isoformat(),
        "validTilldateFormat": last_day.isoformat(),
        "redemptionValidFromFormat": redeemable_from.astimezone(zone).date().isoformat(),
    }


def _add_hundred_years(moment: datetime, zone: tzinfo) -> date:
    day = moment.astimezone(zone).date()
    return min(day, date.max - timedelta(days=MAX_DAYS)) + timedelta(days=MAX_DAYS)


def _limit_answer(limit: int | None) -> int:
    return ANY_NUMBER if limit is None else limit


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


def _entity_answer(entity: EntitySummary | None) -> Answer:
    if entity is None:
        return {}
    return {
        "id": entity.id,
        "code": entity.code,
        "description": entity.description,
        "name": entity.name,
        "type": entity.type,
        "adminType": "GENERAL",
        "isOrgUnit": entity.type == OrgEntity.Type.CONCEPT,
    }


def _status_answer(code: int, message: str) -> Answer:
    return {
        "statusCode": {"status": True, "code": code, "message": message},
        "warnings": [],
        "warningsAsStatusCode": [],
        "code": code,
        "success": True,
        "message": message,
    }


def _redemption_answer(line: RedemptionLine) -> Answer:
    return {
        "id": line.id,
        "redeemedBy": line.customer_id,
        "redeemedOn": line.redeemed_at,
        "redeemedAt": _entity_answer(line.redeemed_in),
        "transactionNumber": line.transaction_number,
        "billAmount": line.bill_amount,
        "discount": line.discount,
    }
