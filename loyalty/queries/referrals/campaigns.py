"""The referral campaigns of an organization, as the rules use them."""

from collections.abc import Mapping

from crm.kernel.org_cache import forget, get_or_load
from loyalty.models import ReferralCampaign
from loyalty.rules.referrals import CampaignRules

CACHE_KIND = "loyalty.referral_campaigns"


def get_campaigns(org_id: int) -> Mapping[int, CampaignRules]:
    """Return the organization's campaigns by id, inactive ones included; one query, or none.

    They are cached.
    """
    return get_or_load(CACHE_KIND, org_id, lambda: _load_campaigns(org_id))


def clear_campaign_cache(org_id: int) -> None:
    """Clear the cache; call it in the transaction that changes a campaign."""
    forget(CACHE_KIND, org_id)


def _load_campaigns(org_id: int) -> dict[int, CampaignRules]:
    rows = ReferralCampaign.objects.filter(org_id=org_id).order_by("pk")
    return {row[0]: CampaignRules(*row) for row in rows.values_list(*CampaignRules._fields)}
