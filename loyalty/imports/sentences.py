"""Remarks for refusals of card and coupon imports."""

from collections.abc import Mapping

from crm.imports.columns import ColumnOf
from crm.imports.operations.staged_rows import Remark
from crm.kernel.errors import DomainError
from customers import errors as customer_errors
from loyalty import errors

NUMBER, EXTERNAL_ID, LABEL = "number", "external_id", "label"
SERIES, CODE, LAST_DAY, REFERENCE = "series", "code", "last_day", "reference"

_REFUSALS: Mapping[type[DomainError], tuple[str, str]] = {
    errors.CardNumberInvalid: (NUMBER, "Invalid card number."),
    errors.CardNumberTaken: (NUMBER, "Another card has this number."),
    errors.CardUnknown: (SERIES, "The card is not known. Give its series."),
    errors.CardExternalIdInvalid: (
        EXTERNAL_ID,
        "Invalid external id, or not that of the card.",
    ),
    errors.CardExternalIdTaken: (EXTERNAL_ID, "Another card has this external id."),
    errors.CardSeriesUnknown: (SERIES, "There is no such series."),
    errors.CardSeriesInactive: (SERIES, "The series is inactive."),
    errors.CardExternalRefused: (
        SERIES,
        "The series does not allow external numbers.",
    ),
    errors.CardOfOtherSeries: (SERIES, "The card belongs to another series."),
    errors.CardTaken: (NUMBER, "Another customer holds this card. Delink it first."),
    errors.CardTransitionRefused: (
        LABEL,
        "A card that is {present} cannot become {wanted}.",
    ),
    errors.CardLimitReached: (
        "",
        "The customer already holds {limit} cards of this series, the maximum.",
    ),
    errors.CardLabelUnknown: (LABEL, "There is no such label."),
    errors.CouponSeriesUnknown: (SERIES, "There is no such series."),
    errors.CouponSeriesInactive: (SERIES, "The series is inactive."),
    errors.CouponSeriesExpired: (SERIES, "The series has expired."),
    errors.CouponSeriesUsedUp: (SERIES, "All {limit} coupons of the series are issued."),
    errors.CouponHeld: ("", "The customer already holds a coupon of this series."),
    errors.CouponUserLimitReached: (
        "",
        "The customer already had {limit} coupons of this series, the maximum.",
    ),
    errors.CouponTooSoon: ("", "The customer's last coupon was issued less than {days} days ago."),
    errors.CouponCodeInvalid: (CODE, "Invalid code: at most 60 printable characters."),
    errors.CouponCodeTaken: (CODE, "Another coupon has this code."),
    errors.CouponExpired: (LAST_DAY, "This date is in the past."),
    errors.ReferenceUsedOtherwise: (REFERENCE, "This reference was used for another coupon."),
    customer_errors.CustomerUnknown: ("", "The customer no longer exists."),
    customer_errors.CustomerMerged: ("", "The customer was merged into another customer."),
    customer_errors.NoProfileInSource: (
        "",
        "The customer has no profile in this source. Choose another source account.",
    ),
}


def build_refusal_remark(refusal: DomainError, column_of: ColumnOf) -> Remark:
    """Build the remark of a refused row."""
    target, sentence = _REFUSALS.get(type(refusal), ("", f"Refused: {refusal.code}."))
    return column_of(target), sentence.format(**refusal.facts)
