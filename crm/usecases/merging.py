"""Merging two customers: everything that hangs on the victim moves to the survivor."""

from crm.approvals.moving import move_requests
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.absorbing import absorb_customer, rehearse_absorbing
from customers.operations.journaling import Journal
from customers.operations.rehearsing import Rehearsal
from loyalty.operations.pouring import pour_points
from loyalty.operations.pouring_cards import pour_cards, pour_coupons
from loyalty.operations.pouring_referrals import pour_referrals


@within_unit_of_work
def merge_customers(*, origin: Origin, survivor_id: int, victim_id: int, cause: str) -> int:
    """Fold the victim into the survivor and return the key of the journal that can undo it.

    Contract, rule 2.6. Raises CustomerUnknown or CustomerMerged for either of them.
    """
    journal = absorb_customer(
        origin=origin, survivor_id=survivor_id, victim_id=victim_id, cause=cause
    )
    _pour(journal, survivor_id, victim_id)
    return journal.close()


def rehearse_merge(*, origin: Origin, survivor_id: int, victim_id: int) -> Rehearsal:
    """Go through the same steps as ``merge_customers``, and write and lock nothing.

    As many reads as a merge has. Raises CustomerUnknown or CustomerMerged for either of them.
    """
    rehearsal = rehearse_absorbing(origin=origin, survivor_id=survivor_id, victim_id=victim_id)
    _pour(rehearsal, survivor_id, victim_id)
    return rehearsal


def _pour(journal: Journal, survivor_id: int, victim_id: int) -> None:
    pour_points(journal=journal, survivor_id=survivor_id, victim_id=victim_id)
    pour_cards(journal=journal, survivor_id=survivor_id, victim_id=victim_id)
    pour_coupons(journal=journal, survivor_id=survivor_id, victim_id=victim_id)
    pour_referrals(journal=journal, survivor_id=survivor_id, victim_id=victim_id)
    move_requests(journal=journal, survivor_id=survivor_id, victim_id=victim_id)
