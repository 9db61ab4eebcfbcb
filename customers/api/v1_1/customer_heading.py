"""What v1.1 answers show of customers: headings and loyalty balances."""

from collections.abc import Collection
from dataclasses import dataclass

from customers.queries.customers.by_identifiers import find_survivors
from customers.queries.customers.headings import Heading, list_headings
from loyalty.queries.enrollments.current_tiers import LoyaltyBalances, list_loyalty_balances


@dataclass(frozen=True, slots=True)
class CustomerSummary:
    """A customer's heading and loyalty balances."""

    heading: Heading
    loyalty_balances: LoyaltyBalances


def list_customer_summaries(
    *, org_id: int, customer_ids: Collection[int]
) -> dict[int, CustomerSummary]:
    """Return the summaries of customers of the organization, by id.

    A customer who was merged meanwhile gets the survivor's summary. Takes three queries; source
    accounts and programs are cached.
    """
    summaries = _list_summaries(org_id, customer_ids)
    merged_ids = [pk for pk in customer_ids if pk not in summaries]
    if merged_ids:
        survivors = find_survivors(org_id=org_id, customer_ids=merged_ids)
        survivor_summaries = _list_summaries(
            org_id, {pk for pk in survivors.values() if pk is not None}
        )
        summaries |= {
            pk: survivor_summaries[survivor] for pk, survivor in survivors.items() if survivor
        }
    return summaries


def _list_summaries(org_id: int, customer_ids: Collection[int]) -> dict[int, CustomerSummary]:
    balances = list_loyalty_balances(org_id=org_id, customer_ids=customer_ids)
    return {
        pk: CustomerSummary(heading, balances[pk])
        for pk, heading in list_headings(org_id=org_id, customer_ids=customer_ids).items()
    }
