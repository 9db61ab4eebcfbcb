"""Who may have brought a customer: by an invitation, a code, or by having done so before."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from crm.tenancy.models import Organization
from loyalty.models import ReferralCode
from loyalty.queries.referral_campaigns import get_campaigns
from loyalty.rules.referrals import Claim, clean_referral_code

# Whoever counts already in a campaign needs no looking at; nor do victims of a merge, whose
# invitations that stayed with them the survivor has made too.
_INVITED = """
    SELECT i.customer_id, v.campaign_id, v.customer_id, v.id, v.invited_at, 0
      FROM customers_identifier i
      JOIN loyalty_invitation v
        ON v.org_id = i.org_id AND v.type = i.type AND v.identifier = i.value
      JOIN customers_customer c ON c.id = v.customer_id AND c.merged_into_id IS NULL
     WHERE i.customer_id {some} AND i.type IN ('mobile', 'email') AND v.customer_id <> i.customer_id
       AND NOT EXISTS (SELECT 1 FROM loyalty_referee r
                        WHERE r.referee_id = i.customer_id AND r.campaign_id = v.campaign_id
                          AND r.event = %s)"""
_CAME_BEFORE = """
    SELECT b.referee_id, b.campaign_id, b.customer_id, b.invitation_id, b.added_at, 1
      FROM loyalty_referee b
     WHERE b.referee_id {some} AND b.event = 'REGISTRATION'
       AND NOT EXISTS (SELECT 1 FROM loyalty_referee r
                        WHERE r.referee_id = b.referee_id AND r.campaign_id = b.campaign_id
                          AND r.event = %s)"""


def list_claims(*, customer_ids: Collection[int], event: str) -> dict[int, list[Claim]]:
    """Return who may have brought each of these customers to this event; one query.

    Who counts for it already in a campaign is left out there.
    """
    found: dict[int, list[Claim]] = defaultdict(list)
    if not customer_ids:
        return found
    parts = [_INVITED] if event == "REGISTRATION" else [_INVITED, _CAME_BEFORE]
    ids = sorted(customer_ids)
    some = "= ANY(%s)" if connection.vendor == "postgresql" else _marks(len(ids))
    keys: list[Any] = [ids] if connection.vendor == "postgresql" else ids
    statement = " UNION ALL ".join(part.format(some=some) for part in parts)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*keys, event] * len(parts))
        for customer_id, campaign_id, referrer_id, invitation_id, at, sure in cursor.fetchall():
            claim = Claim(campaign_id, referrer_id, invitation_id, _aware(at), bool(sure))
            found[customer_id].append(claim)
    return found


def find_claims_by_code(
    *, org: Organization, codes: Mapping[int, str], at: datetime
) -> dict[int, Claim]:
    """Return what the codes that customers brought along claim, but for those that lead nowhere.

    One query, or none where nobody brought one or no campaign runs at this moment.
    """
    running = [pk for pk, one in get_campaigns(org.pk).items() if one.runs_at(at, org.zone)]
    clean = {pk: clean_referral_code(code) for pk, code in codes.items()}
    if not any(clean.values()) or not running:
        return {}
    rows = ReferralCode.objects.filter(
        org=org, code__in=set(clean.values()) - {""}, campaign_id__in=running
    )
    claims = {
        code: Claim(campaign_id, customer_id, None, created_at, is_sure=True)
        for code, campaign_id, customer_id, created_at in rows.values_list(
            "code", "campaign_id", "customer_id", "created_at"
        )
    }
    return {pk: claims[code] for pk, code in clean.items() if code in claims}


def _marks(count: int) -> str:
    return f"IN ({', '.join(['%s'] * count)})"


def _aware(moment: datetime | str) -> datetime:
    # SQLite keeps UTC without saying so, and in a union it forgets that it is a moment.
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
