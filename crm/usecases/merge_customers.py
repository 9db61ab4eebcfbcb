"""Merge two customers: everything that belongs to the victim moves to the survivor."""

from crm.approvals.merge import move_requests
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.merge.customers import merge_profiles, rehearse_profile_merge
from customers.operations.merge.journal import Journal
from customers.operations.merge.rehearsal import Rehearsal
from loyalty.operations.merge.moves import merge_cards, merge_coupons, merge_referrals
from loyalty.operations.merge.points import merge_points


@within_unit_of_work
def merge_customers(*, origin: Origin, survivor_id: int, victim_id: int, cause: str) -> int:
    """Merge the victim into the survivor and return the key of the journal that can unmerge them.

    Contract, rule 2.6. Raises CustomerUnknown or CustomerMerged for either of them.
    """
    journal = merge_profiles(
        origin=origin, survivor_id=survivor_id, victim_id=victim_id, cause=cause
    )
    _move_rows(journal, survivor_id, victim_id)
    return journal.close()


def rehearse_merge(*, origin: Origin, survivor_id: int, victim_id: int) -> Rehearsal:
    """Run the steps of ``merge_customers`` without writing or locking anything.

    Costs as many reads as a merge. Raises CustomerUnknown or CustomerMerged for either of them.
    """
    rehearsal = rehearse_profile_merge(origin=origin, survivor_id=survivor_id, victim_id=victim_id)
    _move_rows(rehearsal, survivor_id, victim_id)
    return rehearsal


def _move_rows(journal: Journal, survivor_id: int, victim_id: int) -> None:
    merge_points(journal=journal, survivor_id=survivor_id, victim_id=victim_id)
    merge_cards(journal=journal, survivor_id=survivor_id, victim_id=victim_id)
    merge_coupons(journal=journal, survivor_id=survivor_id, victim_id=victim_id)
    merge_referrals(journal=journal, survivor_id=survivor_id, victim_id=victim_id)
    move_requests(journal=journal, survivor_id=survivor_id, victim_id=victim_id)
