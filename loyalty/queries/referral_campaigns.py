"""The referral campaigns of an organization, in the form that rules take."""

from collections.abc import Mapping

from crm.kernel.remembering import forget, remembered
from loyalty.models import ReferralCampaign
from loyalty.rules.referrals import CampaignRules

KIND = "loyalty.referral_campaigns"


def get_campaigns(org_id: int) -> Mapping[int, CampaignRules]:
    """Return the organization's campaigns by id, those switched off too; one query, or none.

    They are remembered for a while.
    """
    return remembered(KIND, org_id, lambda: _load(org_id))


def forget_campaigns(org_id: int) -> None:
    """Whoever changes a campaign says so here, in the unit of the change."""
    forget(KIND, org_id)


def _load(org_id: int) -> dict[int, CampaignRules]:
    rows = ReferralCampaign.objects.filter(org_id=org_id).order_by("pk")
    return {row[0]: CampaignRules(*row) for row in rows.values_list(*CampaignRules._fields)}
