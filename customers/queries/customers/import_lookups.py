"""Look-ups of imports for many rows at once."""

from collections.abc import Collection

from crm.tenancy.models import OrgEntity
from customers.models import Subscription

# Customer, source account, channel and priority of a consent for the whole organization.
ConsentKey = tuple[int, int, str, str]


def find_tills(*, org_id: int, codes: Collection[str]) -> dict[str, int]:
    """Return the ids of active tills by code; one query, or none without codes."""
    if not codes:
        return {}
    tills = OrgEntity.objects.filter(
        org_id=org_id, type=OrgEntity.Type.TILL, is_active=True, code__in=codes
    )
    return dict(tills.values_list("code", "pk"))


def find_consents(*, customer_ids: Collection[int]) -> dict[ConsentKey, str]:
    """Return consent for the whole organization; one query, or none without customers."""
    if not customer_ids:
        return {}
    consents = Subscription.objects.filter(customer_id__in=customer_ids, org_unit__isnull=True)
    return {
        (customer, account, channel, priority): status
        for customer, account, channel, priority, status in consents.values_list(
            "customer_id", "source_account_id", "channel", "priority", "status"
        )
    }
