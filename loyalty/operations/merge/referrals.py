"""Move the victim's referrals to the survivor of a merge (contract, rule 2.6)."""

from customers.operations.merge.journal import Journal
from loyalty.models import Invitation, Referee, ReferralCode


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
