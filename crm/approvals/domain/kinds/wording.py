"""Amounts, days and refusals in the words that an approver reads."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal

from crm.kernel.errors import DomainError

NOTHING = "(none)"

# What stands in the way, by the name of the refusal; facts in braces.
BLOCKERS: Mapping[str, str] = {
    "customers.customer_merged": "The customer was merged into {survivor_id}.",
    "customers.customer_unknown": "There is no such customer.",
    "loyalty.coupon_held": "The customer holds a coupon of this series and may not have two.",
    "loyalty.coupon_series_expired": "The last day of the series is over.",
    "loyalty.coupon_series_inactive": "No coupons of this series are issued any more.",
    "loyalty.coupon_series_unknown": "There is no such coupon series.",
    "loyalty.coupon_series_used_up": "All {limit} coupons of the series were issued.",
    "loyalty.coupon_too_soon": (
        "The customer's last coupon of this series was issued less than {days} days ago."
    ),
    "loyalty.coupon_user_limit_reached": (
        "The customer had {limit} coupons of this series, and may not have more."
    ),
    "loyalty.marked_as_fraud": "The customer is marked as fraud: no goodwill (618).",
    "loyalty.not_enrolled": "The customer is not a member of program {program_id}.",
    "loyalty.points_invalid": "The points cannot be given so.",
    "loyalty.program_unknown": "There is no program {program_id}.",
    "loyalty.registered_too_recently": ("The customer was registered less than {hours} hours ago."),
    "loyalty.reference_used_otherwise": "The name {reference} is used by something else already.",
    "loyalty.retro_disabled": "The organization does not have retro transactions.",
    "loyalty.transaction_known": "The store has a regular transaction of this number.",
    "loyalty.transaction_not_claimable": "The transaction is {type} already.",
    "loyalty.transaction_of_another": "The transaction belongs to another customer by now.",
    "loyalty.transaction_returned": "Goods of this transaction came back.",
    "loyalty.transaction_too_old": "The transaction is older than {days} days.",
    "loyalty.transaction_unknown": "There is no such transaction.",
}


def in_words(refusal: DomainError) -> str:
    """Say what stands in the way; a refusal that no sentence is known for says its name."""
    sentence = BLOCKERS.get(refusal.code)
    if sentence is None:
        return f"It cannot be done: {refusal.code}."
    return sentence.format_map(_Known(refusal.facts))


def amount(points: Decimal) -> str:
    """1,250 or 12.5, with no zeros that say nothing."""
    return f"{points:,.3f}".rstrip("0").rstrip(".")


def day(moment: datetime | None, zone: tzinfo) -> str:
    """The day of a moment there; what never comes is never."""
    return "Never" if moment is None else f"{moment.astimezone(zone):%d %b %Y}"


def minute(moment: datetime, zone: tzinfo) -> str:
    """A moment there, to the minute."""
    return f"{moment.astimezone(zone):%d %b %Y %H:%M}"


class _Known(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "?"
