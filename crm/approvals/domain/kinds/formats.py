"""Format amounts, days and refusals for approvers."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal

from crm.kernel.errors import DomainError

NO_VALUE = "(none)"

# The sentence for each refusal, by its code; facts in braces.
BLOCKERS: Mapping[str, str] = {
    "customers.customer_merged": "The customer was merged into {survivor_id}.",
    "customers.customer_unknown": "There is no such customer.",
    "loyalty.coupon_held": "The customer already has a coupon of this series.",
    "loyalty.coupon_series_expired": "The series has expired.",
    "loyalty.coupon_series_inactive": "The series is not active.",
    "loyalty.coupon_series_unknown": "There is no such coupon series.",
    "loyalty.coupon_series_used_up": "All {limit} coupons of the series are issued.",
    "loyalty.coupon_too_soon": (
        "The customer's last coupon of this series was issued less than {days} days ago."
    ),
    "loyalty.coupon_user_limit_reached": (
        "The customer has reached the limit of {limit} coupons of this series."
    ),
    "loyalty.marked_as_fraud": "The customer is marked as fraud: no goodwill (618).",
    "loyalty.not_enrolled": "The customer is not enrolled in program {program_id}.",
    "loyalty.points_invalid": "These points cannot be given.",
    "loyalty.program_unknown": "There is no program {program_id}.",
    "loyalty.registered_too_recently": ("The customer was registered less than {hours} hours ago."),
    "loyalty.reference_used_otherwise": "The reference {reference} is already in use.",
    "loyalty.retro_disabled": "Retro transactions are switched off for this organization.",
    "loyalty.transaction_known": "The store already has a regular transaction with this number.",
    "loyalty.transaction_not_claimable": "The transaction is already {type}.",
    "loyalty.transaction_of_another": "The transaction now belongs to another customer.",
    "loyalty.transaction_returned": "Goods of this transaction were returned.",
    "loyalty.transaction_too_old": "The transaction is older than {days} days.",
    "loyalty.transaction_unknown": "There is no such transaction.",
}


def describe_blocker(refusal: DomainError) -> str:
    """Return the sentence for a refusal, or one with its code if there is none."""
    sentence = BLOCKERS.get(refusal.code)
    if sentence is None:
        return f"This is not possible: {refusal.code}."
    return sentence.format_map(_FactsOrQuestionMark(refusal.facts))


def format_amount(points: Decimal) -> str:
    """Format points, as 1,250 or 12.5, without trailing zeros."""
    return f"{points:,.3f}".rstrip("0").rstrip(".")


def format_day(moment: datetime | None, zone: tzinfo) -> str:
    """Format the moment as a day in the time zone; None is "Never"."""
    return "Never" if moment is None else f"{moment.astimezone(zone):%d %b %Y}"


def format_minute(moment: datetime, zone: tzinfo) -> str:
    """Format the moment to the minute, in the time zone."""
    return f"{moment.astimezone(zone):%d %b %Y %H:%M}"


class _FactsOrQuestionMark(dict[str, object]):
    """Facts of a refusal; a missing one reads "?"."""

    def __missing__(self, name: str) -> str:
        return "?"
