"""Refusals in words for who brings a file in: what is wrong, and how to mend it."""

from collections.abc import Mapping

from crm.importing.columns import ColumnOf
from crm.kernel.errors import DomainError
from crm.runs.operations.staging import Remark
from customers import errors as customer_errors
from loyalty import errors

NUMBER, EXTERNAL_ID, LABEL = "number", "external_id", "label"
SERIES, CODE, LAST_DAY, REFERENCE = "series", "code", "last_day", "reference"

_REFUSALS: Mapping[type[DomainError], tuple[str, str]] = {
    errors.CardNumberInvalid: (NUMBER, "This is no card number."),
    errors.CardNumberTaken: (NUMBER, "Another card has this number."),
    errors.CardUnknown: (SERIES, "The card is not known; name the series that it joins."),
    errors.CardExternalIdInvalid: (
        EXTERNAL_ID,
        "This is no external id, or not the one that the card has.",
    ),
    errors.CardExternalIdTaken: (EXTERNAL_ID, "Another card has this external id."),
    errors.CardSeriesUnknown: (SERIES, "There is no such series. Give the code of one."),
    errors.CardSeriesInactive: (SERIES, "The series is switched off. Switch it on first."),
    errors.CardExternalRefused: (
        SERIES,
        "The series takes no numbers from outside. Choose another, or change its settings.",
    ),
    errors.CardOfOtherSeries: (SERIES, "The card belongs to another series. Name that one."),
    errors.CardTaken: (NUMBER, "Another customer holds this card. Take it back first."),
    errors.CardTransitionRefused: (
        LABEL,
        "A card that is {present} cannot become {wanted}. Choose another label.",
    ),
    errors.CardLimitReached: (
        "",
        "The customer holds {limit} cards of this series; no more are allowed.",
    ),
    errors.CardLabelUnknown: (LABEL, "There is no such label. Give one from the list of labels."),
    errors.CouponSeriesUnknown: (SERIES, "There is no such series. Give the code of one."),
    errors.CouponSeriesInactive: (SERIES, "The series is switched off. Switch it on first."),
    errors.CouponSeriesExpired: (SERIES, "The last day of the series is over."),
    errors.CouponSeriesUsedUp: (SERIES, "All {limit} coupons of the series are issued."),
    errors.CouponHeld: ("", "The customer holds a coupon of this series, and may not hold two."),
    errors.CouponUserLimitReached: (
        "",
        "The customer had {limit} coupons of this series; no more are allowed.",
    ),
    errors.CouponTooSoon: ("", "The customer's last one was issued less than {days} days ago."),
    errors.CouponCodeInvalid: (CODE, "This can be no code: at most 60 ordinary characters."),
    errors.CouponCodeTaken: (CODE, "Another coupon has this code. Give another one."),
    errors.CouponExpired: (LAST_DAY, "This day is over. Give a later one."),
    errors.ReferenceUsedOtherwise: (REFERENCE, "This reference stands for another coupon."),
    customer_errors.CustomerUnknown: ("", "The customer is gone."),
    customer_errors.CustomerMerged: ("", "The customer was merged into another one just now."),
    customer_errors.NoProfileInSource: (
        "",
        "The customer is not known in this source. Choose another source for the file.",
    ),
}


def refused(refusal: DomainError, column_of: ColumnOf) -> Remark:
    """Say why a row is an error, and where."""
    target, sentence = _REFUSALS.get(type(refusal), ("", f"Refused: {refusal.code}."))
    return column_of(target), sentence.format(**refusal.facts)
