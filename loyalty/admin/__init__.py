"""The desks of loyalty; importing them puts them on the site."""

from loyalty.admin import (
    card,
    card_series,
    coupon,
    coupon_series,
    enrollment,
    ledger,
    partner,
    payment_mode,
    program,
    promotion,
    referral,
    transaction,
)

__all__ = [
    "card",
    "card_series",
    "coupon",
    "coupon_series",
    "enrollment",
    "ledger",
    "partner",
    "payment_mode",
    "program",
    "promotion",
    "referral",
    "transaction",
]
