"""What an import looks up for many rows at once."""

from collections.abc import Collection

from crm.tenancy.models import OrgEntity
from customers.models import Subscription

# Customer, source account, channel and priority: where a consent for the whole organization stands.
Place = tuple[int, int, str, str]


def find_tills(*, org_id: int, codes: Collection[str]) -> dict[str, int]:
    """Ids of the organization's active tills with these codes; one query, none without codes."""
    if not codes:
        return {}
    tills = OrgEntity.objects.filter(
        org_id=org_id, type=OrgEntity.Type.TILL, is_active=True, code__in=codes
    )
    return dict(tills.values_list("code", "pk"))


def find_consents(*, customer_ids: Collection[int]) -> dict[Place, str]:
    """What these customers said, but for single org units; one query, none without customers."""
    if not customer_ids:
        return {}
    said = Subscription.objects.filter(customer_id__in=customer_ids, org_unit__isnull=True)
    return {
        (customer, account, channel, priority): status
        for customer, account, channel, priority, status in said.values_list(
            "customer_id", "source_account_id", "channel", "priority", "status"
        )
    }
