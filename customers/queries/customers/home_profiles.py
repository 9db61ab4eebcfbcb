"""The default profile of a customer if no source is named."""

from collections.abc import Collection

from customers.models import Profile, SourceAccount


def find_home_accounts(customer_ids: Collection[int]) -> dict[int, int]:
    """Return by customer the source account of the INSTORE profile, else of the oldest one.

    Customers without an open profile are left out; one query.
    """
    homes: dict[int, int] = {}
    instore: set[int] = set()
    for customer_id, account_id, source in (
        Profile.objects.filter(customer_id__in=customer_ids, closed_at__isnull=True)
        .order_by("pk")
        .values_list("customer_id", "source_account_id", "source_account__source")
    ):
        if source == SourceAccount.Source.INSTORE and customer_id not in instore:
            homes[customer_id] = account_id
            instore.add(customer_id)
        else:
            homes.setdefault(customer_id, account_id)
    return homes
