"""Columns of card and coupon imports, and which of them a refusal is about."""

from crm.imports.refusals import Targets
from loyalty import errors

NUMBER, EXTERNAL_ID, LABEL = "number", "external_id", "label"
SERIES, CODE, LAST_DAY, REFERENCE = "series", "code", "last_day", "reference"

TARGETS: Targets = {
    errors.CardNumberInvalid: NUMBER,
    errors.CardNumberTaken: NUMBER,
    errors.CardUnknown: SERIES,
    errors.CardExternalIdInvalid: EXTERNAL_ID,
    errors.CardExternalIdTaken: EXTERNAL_ID,
    errors.CardSeriesUnknown: SERIES,
    errors.CardSeriesInactive: SERIES,
    errors.CardExternalRefused: SERIES,
    errors.CardOfOtherSeries: SERIES,
    errors.CardTaken: NUMBER,
    errors.CardTransitionRefused: LABEL,
    errors.CardLabelUnknown: LABEL,
    errors.CouponSeriesUnknown: SERIES,
    errors.CouponSeriesInactive: SERIES,
    errors.CouponSeriesExpired: SERIES,
    errors.CouponSeriesUsedUp: SERIES,
    errors.CouponCodeInvalid: CODE,
    errors.CouponCodeTaken: CODE,
    errors.CouponExpired: LAST_DAY,
    errors.ReferenceUsedOtherwise: REFERENCE,
}
