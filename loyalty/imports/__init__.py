"""Imports of cards, coupons, points adjustments and transactions."""
