"""The rules of a coupon series as a till sends them (v2)."""

import json
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

from rest_framework import serializers

from crm.kernel.ids import LARGEST_ID
from customers.api.v2.field_types import Text
from customers.rules.times import parse_date, parse_moment
from loyalty import errors
from loyalty.api.v2.number_field import ExactNumber
from loyalty.rules.movements import read_money

MAX_NAMES = 1_000
MAX_TEXT = 10_000
_TIME_KEYS = {"dom": "days_of_month", "dow": "days_of_week", "hours": "hours"}
ANY = -1


class LimitField(serializers.IntegerField):
    """A limit; -1 or null means none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "required": False,
                "allow_null": True,
                "min_value": ANY,
                "max_value": 2**31 - 1,
                "help_text": "-1 or null: no limit.",
                **kwargs,
            }
        )


def _list_names() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=MAX_NAMES
    )


def _switch() -> serializers.BooleanField:
    return serializers.BooleanField(required=False)


class CouponSeriesIn(serializers.Serializer):
    id = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LARGEST_ID, help_text="For PUT."
    )
    seriesCode = Text(max_length=200, help_text="Unique in the organization, ignoring case.")
    description = Text(max_length=MAX_TEXT)
    info = Text(max_length=MAX_TEXT)
    tag = Text(max_length=MAX_TEXT)
    seriesType = Text(help_text="LOYALTY (the default), CAMPAIGN, REFERRAL or GOODWILL.")
    campaignId = serializers.IntegerField(
        required=False, allow_null=True, min_value=ANY, max_value=LARGEST_ID
    )
    priority = serializers.IntegerField(required=False, min_value=-(2**31), max_value=2**31 - 1)
    isActive = _switch()
    discountType = Text(help_text="ABS or PERC.")
    discountValue = ExactNumber(required=False)
    discountUpto = ExactNumber(required=False, help_text="0: no cap.")
    discountOn = Text(help_text="BILL (the default) or ITEM.")
    discountCode = Text(max_length=MAX_TEXT)
    validDaysFromCreation = LimitField()
    validTillDate = Text(help_text="No coupon is good after this day. Null or blank: no last day.")
    redemptionValidFrom = Text()
    redemptionRange = serializers.JSONField(
        required=False,
        help_text="`{dom, dow, hours}`: days of the month, days of the week (Monday is 1), hours. "
        "An empty list or -1: any.",
    )
    redeemableAt = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        required=False,
        max_length=MAX_NAMES,
        help_text="Ids of zones, concepts, stores and tills; none: everywhere.",
    )
    minBillAmount = ExactNumber(required=False)
    maxBillAmount = ExactNumber(required=False, allow_null=True)
    isValidWithDiscountedItem = _switch()
    isValidationRequired = _switch()
    brands = _list_names()
    products = _list_names()
    categories = _list_names()
    maxCreate = LimitField()
    maxRedeem = LimitField()
    maxRedemptionsPerCoupon = LimitField()
    isMultipleVouchersPerUserAllowed = _switch()
    doNotResendExistingVoucher = _switch()
    maxVouchersPerUser = LimitField()
    minDaysBetweenVouchers = LimitField()
    maxRedemptionsInSeriesPerUser = LimitField()
    minDaysBetweenRedemption = LimitField()
    sameUserMultipleRedeem = _switch()
    isTransferrable = _switch()
    anyUser = _switch()
    exclusiveGroup = Text(
        max_length=MAX_TEXT, help_text="Series of one group exclude each other on one bill."
    )
    termsAndConditions = Text(max_length=MAX_TEXT)
    smsTemplate = Text(max_length=MAX_TEXT)
    shortSMSTemplate = Text(max_length=MAX_TEXT)
    isSMSDisabled = _switch()


def read_series(body: Mapping[str, Any], zone: tzinfo) -> dict[str, Any]:
    """Return the rules of a body by the names of the columns; what is left out is left out.

    Raises:
        CouponSeriesInvalid: a date or a list of times is none.
        AmountInvalid: an amount is none.
    """
    data: dict[str, Any] = {}
    for key, (name, read) in _COLUMNS.items():
        if key in body:
            data[name] = read(body[key], key, zone)
    return data


def _read_text(raw: Any, key: str, zone: tzinfo) -> str:
    return (raw or "").strip()


def _read_word(raw: Any, key: str, zone: tzinfo) -> str:
    return (raw or "").strip().upper()


def _keep(raw: Any, key: str, zone: tzinfo) -> Any:
    return raw


def _read_not(raw: Any, key: str, zone: tzinfo) -> bool:
    return not raw


def _read_limit(raw: int | None, key: str, zone: tzinfo) -> int | None:
    return None if raw == ANY else raw


def _read_amount(raw: Any, key: str, zone: tzinfo) -> Any:
    return read_money(raw, key)


def _read_largest_amount(raw: Any, key: str, zone: tzinfo) -> Any:
    return None if raw is None else read_money(raw, key)


def _read_day(raw: Any, key: str, zone: tzinfo) -> Any:
    return _read_optional(raw, key, zone, parse_date)


def _read_moment(raw: Any, key: str, zone: tzinfo) -> Any:
    return _read_optional(raw, key, zone, parse_moment)


def _read_optional(
    raw: str | None, key: str, zone: tzinfo, parse: Callable[[object, tzinfo], Any]
) -> Any:
    if not (raw or "").strip():
        return None
    value = parse(raw, zone)
    if value is None:
        raise errors.CouponSeriesInvalid(field=key)
    return value


def _read_times(raw: Any, key: str, zone: tzinfo) -> dict[str, list[int]]:
    """Read the times as an object, or as the text that an answer shows."""
    try:
        times = json.loads(raw) if isinstance(raw, str) else raw
        numbers = {
            name: [int(number) for number in times.get(key) or []]
            for key, name in _TIME_KEYS.items()
        }
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise errors.CouponSeriesInvalid(field=key) from error
    return {name: [] if listed == [ANY] else listed for name, listed in numbers.items()}


_COLUMNS: Mapping[str, tuple[str, Callable[[Any, str, tzinfo], Any]]] = {
    "seriesCode": ("code", _read_text),
    "description": ("description", _read_text),
    "info": ("info", _read_text),
    "tag": ("tag", _read_text),
    "seriesType": ("series_type", _read_word),
    "campaignId": ("campaign_id", _read_limit),
    "priority": ("priority", _keep),
    "isActive": ("is_active", _keep),
    "discountType": ("discount_type", _read_word),
    "discountValue": ("discount_value", _read_amount),
    "discountUpto": ("discount_upto", _read_amount),
    "discountOn": ("discount_on", _read_word),
    "discountCode": ("discount_code", _read_text),
    "validDaysFromCreation": ("valid_days", _read_limit),
    "validTillDate": ("valid_till_date", _read_day),
    "redemptionValidFrom": ("redeemable_from", _read_moment),
    "redemptionRange": ("redeemable_when", _read_times),
    "redeemableAt": ("redeemable_at", _keep),
    "minBillAmount": ("min_bill_amount", _read_amount),
    "maxBillAmount": ("max_bill_amount", _read_largest_amount),
    "isValidWithDiscountedItem": ("valid_with_discounted_items", _keep),
    "isValidationRequired": ("validation_required", _keep),
    "brands": ("brands", _keep),
    "products": ("products", _keep),
    "categories": ("categories", _keep),
    "maxCreate": ("max_create", _read_limit),
    "maxRedeem": ("max_redeem", _read_limit),
    "maxRedemptionsPerCoupon": ("max_redemptions_per_coupon", _read_limit),
    "isMultipleVouchersPerUserAllowed": ("several_per_user", _keep),
    "doNotResendExistingVoucher": ("resend_held", _read_not),
    "maxVouchersPerUser": ("max_coupons_per_user", _read_limit),
    "minDaysBetweenVouchers": ("min_days_between_coupons", _read_limit),
    "maxRedemptionsInSeriesPerUser": ("max_redemptions_per_user", _read_limit),
    "minDaysBetweenRedemption": ("min_days_between_redemptions", _read_limit),
    "sameUserMultipleRedeem": ("same_user_may_repeat", _keep),
    "isTransferrable": ("transferable", _keep),
    "anyUser": ("any_user", _keep),
    "exclusiveGroup": ("exclusive_group", _read_text),
    "termsAndConditions": ("terms", _read_text),
    "smsTemplate": ("sms_template", _read_text),
    "shortSMSTemplate": ("short_sms_template", _read_text),
    "isSMSDisabled": ("sms_disabled", _keep),
}
