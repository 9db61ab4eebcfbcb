"""Moving a victim's referrals to the survivor of a merge (contract, rule 2.6)."""

from customers.operations.journaling import Journal
from loyalty.models import Invitation, Referee, ReferralCode


def pour_referrals(*, journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Give the survivor the victim's codes, invitations, and those who came by them.

    All codes go on leading to the survivor; the survivor's own one is shown. What both have done,
    as inviting the same person or having come in a campaign, stays with the victim as well, where
    nothing asks for it. Both customers are locked.
    """
    _move_codes(journal, survivor_id, victim_id)
    to = {"customer_id": survivor_id}
    twice = Invitation.objects.filter(customer_id=survivor_id)
    invited = set(twice.values_list("campaign_id", "type", "identifier"))
    for row in Invitation.objects.filter(customer_id=victim_id).order_by("pk"):
        if (row.campaign_id, row.type, row.identifier) not in invited:
            journal.change(row, to)
    journal.change_all(Referee.objects.filter(customer_id=victim_id), to)
    came = set(Referee.objects.filter(referee_id=survivor_id).values_list("campaign_id", "event"))
    for coming in Referee.objects.filter(referee_id=victim_id).order_by("pk"):
        if (coming.campaign_id, coming.event) not in came:
            journal.change(coming, {"referee_id": survivor_id})


def _move_codes(journal: Journal, survivor_id: int, victim_id: int) -> None:
    shown = ReferralCode.objects.filter(customer_id=survivor_id, is_current=True)
    own = set(shown.values_list("campaign_id", flat=True))
    for row in ReferralCode.objects.filter(customer_id=victim_id).order_by("pk"):
        rest = {"is_current": False} if row.campaign_id in own else {}
        journal.change(row, {"customer_id": survivor_id, **rest})
