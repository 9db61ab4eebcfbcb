"""Remove customers whom only an import had made, and profiles that it had added (decision 0019)."""

from collections.abc import Collection, Mapping

from django.db.models import Exists, OuterRef

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.model_names import get_model_name
from crm.kernel.obstacles import USED_ELSEWHERE
from crm.kernel.row_links import find_links
from crm.kernel.staff_texts import StaffText
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import (
    Channel,
    Customer,
    Identifier,
    Profile,
    ProfileIdentifier,
    SearchKey,
    Subscription,
    SubscriptionChange,
)
from customers.operations.customers.search_index import reindex_customers

# Rows that go with their customer.
OWN_LINKS = {
    "customers.Identifier.customer",
    "customers.Profile.customer",
    "customers.SearchKey.customer",
    "customers.Subscription.customer",
    "customers.SubscriptionChange.customer",
}


def find_link_obstacles(
    customer_ids: Collection[int], *, ignored: Collection[str]
) -> dict[int, StaffText]:
    """Return which rows came to depend on these customers; ``ignored`` links do not count."""
    links = find_links(Customer, customer_ids, ignored={*OWN_LINKS, *ignored})
    return {pk: USED_ELSEWHERE(name=get_model_name(linked)) for pk, linked in links.items()}


@within_unit_of_work
def remove_customers(*, origin: Origin, customer_ids: Collection[int]) -> None:
    """Remove customers, their profiles, identifiers and consent; nothing else points at them.

    The audit log keeps who they were. Their identifiers can be registered again at once.
    """
    if not customer_ids:
        return
    profiles = Profile.objects.filter(customer_id__in=customer_ids)
    profile_ids = list(profiles.values_list("pk", flat=True))
    Channel.objects.filter(profile_id__in=profile_ids).delete()
    ProfileIdentifier.objects.filter(profile_id__in=profile_ids).delete()
    Identifier.objects.filter(customer_id__in=customer_ids).delete()
    profiles.delete()
    SearchKey.objects.filter(customer_id__in=customer_ids).delete()
    SubscriptionChange.objects.filter(customer_id__in=customer_ids).delete()
    Subscription.objects.filter(customer_id__in=customer_ids).delete()
    Customer.objects.filter(pk__in=customer_ids).delete()
    record_events(
        origin=origin,
        events=[
            NewEvent("customer.withdrawn", "customer", customer_id)
            for customer_id in sorted(customer_ids)
        ],
    )


@within_unit_of_work
def remove_profiles(*, origin: Origin, profiles: Mapping[int, int]) -> None:
    """Remove profiles, given with their customers, and identifiers that only these had."""
    if not profiles:
        return
    Channel.objects.filter(profile_id__in=profiles).delete()
    links = ProfileIdentifier.objects.filter(profile_id__in=profiles)
    identifier_ids = list(links.values_list("identifier_id", flat=True))
    links.delete()
    elsewhere = ProfileIdentifier.objects.filter(identifier_id=OuterRef("pk"))
    Identifier.objects.filter(~Exists(elsewhere), pk__in=identifier_ids).delete()
    Profile.objects.filter(pk__in=profiles).delete()
    reindex_customers(org_id=origin.org.pk, customer_ids=set(profiles.values()))
    record_events(
        origin=origin,
        events=[
            NewEvent("customer.profile_removed", "customer", customer_id, before={"profile": pk})
            for pk, customer_id in sorted(profiles.items())
        ],
    )
