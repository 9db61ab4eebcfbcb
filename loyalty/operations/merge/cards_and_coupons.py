"""Move the victim's cards and coupons to the survivor of a merge (contract, rule 2.6)."""

from customers.operations.merge.journal import Journal
from loyalty.models import Card, Coupon, CouponRedemption


def merge_cards(*, journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Move the victim's cards to the survivor, in every status and even beyond the limit.

    Both customers are locked. The customers app moves the cards' identifier rows.
    """
    journal.change_all(Card.objects.filter(customer_id=victim_id), {"customer_id": survivor_id})


def merge_coupons(*, journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Move the victim's coupons and redemptions to the survivor. Both customers are locked."""
    new_owner = {"customer_id": survivor_id}
    journal.change_all(Coupon.objects.filter(customer_id=victim_id), new_owner)
    journal.change_all(CouponRedemption.objects.filter(customer_id=victim_id), new_owner)
