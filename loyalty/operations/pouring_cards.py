"""Moving a victim's cards and coupons to the survivor of a merge (contract, rule 2.6)."""

from customers.operations.journaling import Journal
from loyalty.models import Card, Coupon, CouponRedemption


def pour_cards(*, journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Give the survivor the victim's cards, in every status, beyond any limit too.

    Both customers are locked. Their identifier rows move with the others, in the customers app.
    """
    journal.change_all(Card.objects.filter(customer_id=victim_id), {"customer_id": survivor_id})


def pour_coupons(*, journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Give the survivor the victim's coupons and redemptions. Both customers are locked."""
    to = {"customer_id": survivor_id}
    journal.change_all(Coupon.objects.filter(customer_id=victim_id), to)
    journal.change_all(CouponRedemption.objects.filter(customer_id=victim_id), to)
