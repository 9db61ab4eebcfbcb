"""Referral campaigns, and who claims a referral: by invitation, code or an earlier event."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from crm.kernel.org_cache import forget, get_or_load
from crm.tenancy.models import Organization
from loyalty.models import ReferralCampaign, ReferralCode
from loyalty.rules.referrals import CampaignRules, ReferralClaim, clean_referral_code

CACHE_KIND = "loyalty.referral_campaigns"

# Left out: customers already counted in a campaign, and invitations of merge victims, because the
# survivor has the same invitations.
_INVITATION_CLAIMS = """
    SELECT i.customer_id, v.campaign_id, v.customer_id, v.id, v.invited_at, 0
      FROM customers_identifier i
      JOIN loyalty_invitation v
        ON v.org_id = i.org_id AND v.type = i.type AND v.identifier = i.value
      JOIN customers_customer c ON c.id = v.customer_id AND c.merged_into_id IS NULL
     WHERE i.customer_id {id_condition}
       AND i.type IN ('mobile', 'email') AND v.customer_id <> i.customer_id
       AND NOT EXISTS (SELECT 1 FROM loyalty_referee r
                        WHERE r.referee_id = i.customer_id AND r.campaign_id = v.campaign_id
                          AND r.event = %s)"""
_EARLIER_CLAIMS = """
    SELECT b.referee_id, b.campaign_id, b.customer_id, b.invitation_id, b.added_at, 1
      FROM loyalty_referee b
     WHERE b.referee_id {id_condition} AND b.event = 'REGISTRATION'
       AND NOT EXISTS (SELECT 1 FROM loyalty_referee r
                        WHERE r.referee_id = b.referee_id AND r.campaign_id = b.campaign_id
                          AND r.event = %s)"""


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


def list_referral_claims(
    *, customer_ids: Collection[int], event: str
) -> dict[int, list[ReferralClaim]]:
    """Return the claims of possible referrers on each customer for this event; one query.

    A campaign in which the customer is already counted for the event is left out.
    """
    claims: dict[int, list[ReferralClaim]] = defaultdict(list)
    if not customer_ids:
        return claims
    queries = (
        [_INVITATION_CLAIMS] if event == "REGISTRATION" else [_INVITATION_CLAIMS, _EARLIER_CLAIMS]
    )
    ids = sorted(customer_ids)
    id_condition = (
        "= ANY(%s)" if connection.vendor == "postgresql" else _build_placeholders(len(ids))
    )
    parameters: list[Any] = [ids] if connection.vendor == "postgresql" else ids
    statement = " UNION ALL ".join(query.format(id_condition=id_condition) for query in queries)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, event] * len(queries))
        for (
            customer_id,
            campaign_id,
            referrer_id,
            invitation_id,
            claimed_at,
            is_certain,
        ) in cursor.fetchall():
            claim = ReferralClaim(
                campaign_id, referrer_id, invitation_id, _make_aware(claimed_at), bool(is_certain)
            )
            claims[customer_id].append(claim)
    return claims


def find_claims_by_code(
    *, org: Organization, codes: Mapping[int, str], moment: datetime
) -> dict[int, ReferralClaim]:
    """Return the claims made by the referral codes of customers; unknown codes are left out.

    One query; none if there are no codes or no campaign runs at this time.
    """
    campaign_ids = [
        pk for pk, campaign in get_campaigns(org.pk).items() if campaign.runs_at(moment, org.zone)
    ]
    clean_codes = {pk: clean_referral_code(code) for pk, code in codes.items()}
    if not any(clean_codes.values()) or not campaign_ids:
        return {}
    rows = ReferralCode.objects.filter(
        org=org, code__in=set(clean_codes.values()) - {""}, campaign_id__in=campaign_ids
    )
    claims = {
        code: ReferralClaim(campaign_id, customer_id, None, created_at, is_certain=True)
        for code, campaign_id, customer_id, created_at in rows.values_list(
            "code", "campaign_id", "customer_id", "created_at"
        )
    }
    return {pk: claims[code] for pk, code in clean_codes.items() if code in claims}


def _build_placeholders(count: int) -> str:
    return f"IN ({', '.join(['%s'] * count)})"


def _make_aware(moment: datetime | str) -> datetime:
    # SQLite returns UTC without a time zone, and text instead of a datetime from a union.
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
