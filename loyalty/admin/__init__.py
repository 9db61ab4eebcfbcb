"""The desks of programs, points, cards and coupons; importing them puts them on the site."""

from loyalty.admin import card, card_series, coupon, ledger, member, partner, program, transaction

__all__ = [
    "card",
    "card_series",
    "coupon",
    "ledger",
    "member",
    "partner",
    "program",
    "transaction",
]
