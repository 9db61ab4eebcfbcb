"""What a merge moves of loyalty: cards, coupons and referrals (contract, rule 2.6)."""

from collections.abc import Mapping

from customers.operations.merge.journal import Journal
from loyalty.models import Card, Coupon, CouponRedemption, Invitation, Referee, ReferralCode

# An architecture test finds foreign keys that are missing here.
MERGE_MOVES: Mapping[str, str] = {
    "loyalty.Card.customer": "moves, beyond the limit of its series too",
    "loyalty.Coupon.customer": "moves",
    "loyalty.CouponRedemption.customer": "moves",
    "loyalty.Effect.customer": "moves",
    "loyalty.Enrollment.customer": "moves, or is emptied into the survivor's of that program",
    "loyalty.Invitation.customer": "moves; where both invited somebody, the survivor's holds",
    "loyalty.PointsTransfer.from_customer": "moves",
    "loyalty.PointsTransfer.to_customer": "moves",
    "loyalty.Referee.customer": "moves",
    "loyalty.Referee.referee": "moves; where both came, the survivor's coming counts",
    "loyalty.ReferralCode.customer": "moves; the survivor's own goes on being shown",
    "loyalty.Transaction.customer": "moves",
}


def merge_referrals(*, journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Move the victim's referral codes, invitations and referees to the survivor.

    All codes lead to the survivor; the survivor's own code stays the current one. If both invited
    the same person, or both were referred in a campaign, the victim's row stays with the victim
    and is not used any more. Both customers are locked.
    """
    _move_codes(journal, survivor_id, victim_id)
    new_owner = {"customer_id": survivor_id}
    survivor_invitations = Invitation.objects.filter(customer_id=survivor_id)
    survivor_keys = set(survivor_invitations.values_list("campaign_id", "type", "identifier"))
    for row in Invitation.objects.filter(customer_id=victim_id).order_by("pk"):
        if (row.campaign_id, row.type, row.identifier) not in survivor_keys:
            journal.change(row, new_owner)
    journal.change_all(Referee.objects.filter(customer_id=victim_id), new_owner)
    survivor_events = set(
        Referee.objects.filter(referee_id=survivor_id).values_list("campaign_id", "event")
    )
    for referee in Referee.objects.filter(referee_id=victim_id).order_by("pk"):
        if (referee.campaign_id, referee.event) not in survivor_events:
            journal.change(referee, {"referee_id": survivor_id})


def _move_codes(journal: Journal, survivor_id: int, victim_id: int) -> None:
    current_codes = ReferralCode.objects.filter(customer_id=survivor_id, is_current=True)
    survivor_campaign_ids = set(current_codes.values_list("campaign_id", flat=True))
    for row in ReferralCode.objects.filter(customer_id=victim_id).order_by("pk"):
        demotion = {"is_current": False} if row.campaign_id in survivor_campaign_ids else {}
        journal.change(row, {"customer_id": survivor_id, **demotion})


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
