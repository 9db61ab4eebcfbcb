"""Unmerge two customers: restore both as they were (contract, rule 2.6)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.approvals.merge import list_request_blockers, restore_requests
from crm.kernel.staff_texts import join_texts
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.usecases.moved_rows import label_counts
from customers import errors
from customers.models import Customer, MergeJournal
from customers.operations.customers.lock import lock_customers
from customers.operations.merge.journal_trail import MergeTrail, load_current_rows, read_trail
from customers.operations.merge.unmerge import mark_unmerged, unmerge_profiles
from customers.operations.merge.unmerge_blockers import (
    list_customer_blockers,
    list_journal_blockers,
)
from customers.queries.merges import get_merge
from customers.rules.text import clean_reason
from customers.rules.unmerge import UnmergeBlocker
from loyalty.operations.merge.unmerge import (
    list_loyalty_blockers,
    list_points_to_restore,
    unmerge_loyalty,
)

# Apps that restore rows of their own; the customers app restores the rest.
LOYALTY, APPROVALS = "loyalty", "approvals"


@dataclass(frozen=True, slots=True)
class UnmergePlan:
    """The rows that unmerging restores, by model, and the blockers that prevent it."""

    merge_id: int
    survivor_id: int
    victim_id: int
    merged_at: datetime
    undone_at: datetime | None
    counts: list[tuple[str, int]]
    points: list[tuple[str, Decimal]]
    blockers: list[UnmergeBlocker]


def plan_unmerge(*, org_id: int, merge_id: int) -> UnmergePlan:
    """Return what unmerging would do now; nothing is written or locked.

    Raises:
        MergeUnknown: the organization has no such merge.
    """
    journal = get_merge(org_id=org_id, merge_id=merge_id)
    trail = read_trail(journal.pk)
    if journal.undone_at is None:
        load_current_rows(trail, lock=False)
    return _build_plan(journal, trail)


@within_unit_of_work
def unmerge_customers(*, origin: Origin, merge_id: int, reason: str) -> UnmergePlan:
    """Unmerge two customers by the journal of their merge, and return what was restored.

    If nothing was written since, both customers are exactly as before. Whatever the survivor
    received since the merge stays with the survivor.

    Raises:
        MergeUnknown: the organization has no such merge.
        MergeUndone: the customers were unmerged already.
        MergeUndoBlocked: a moved row was used or edited since, or the survivor took part in a
            later merge; the fact ``blockers`` lists all blockers.
        ReasonMissing, ReasonInvalid: the reason is empty or invalid.
    """
    reason = clean_reason(reason)
    if not reason:
        raise errors.ReasonMissing()
    journal = get_merge(org_id=origin.org.pk, merge_id=merge_id)
    trail = read_trail(journal.pk)
    # Customers are locked first, as everywhere: other writes to them, and merges, wait.
    lock_customers({journal.survivor_id, journal.victim_id, *trail.of(Customer)})
    mark_unmerged(origin=origin, merge_id=journal.pk, reason=reason)
    load_current_rows(trail, lock=True)
    plan = _build_plan(journal, trail)
    if plan.blockers:
        raise errors.MergeUndoBlocked(
            blockers=join_texts(blocker.message for blocker in plan.blockers)
        )
    unmerge_loyalty(origin=origin, journal=journal, trail=trail.of_app(LOYALTY))
    restore_requests(trail=trail.of_app(APPROVALS))
    unmerge_profiles(
        origin=origin, journal=journal, trail=_get_customer_trail(trail), reason=reason
    )
    return plan


def _get_customer_trail(trail: MergeTrail) -> MergeTrail:
    return trail.without_app(LOYALTY).without_app(APPROVALS)


def _build_plan(journal: MergeJournal, trail: MergeTrail) -> UnmergePlan:
    blockers: list[UnmergeBlocker] = []
    points: list[tuple[str, Decimal]] = []
    if journal.undone_at is None:
        blockers = list_journal_blockers(journal, trail)
        points = list_points_to_restore(journal, trail.of_app(LOYALTY))
        if not blockers:
            blockers = [
                *list_loyalty_blockers(journal, trail.of_app(LOYALTY)),
                *list_request_blockers(trail.of_app(APPROVALS)),
                *list_customer_blockers(journal, _get_customer_trail(trail)),
            ]
    return UnmergePlan(
        merge_id=journal.pk,
        survivor_id=journal.survivor_id,
        victim_id=journal.victim_id,
        merged_at=journal.merged_at,
        undone_at=journal.undone_at,
        counts=_count_rows(trail),
        points=points,
        blockers=blockers,
    )


def _count_rows(trail: MergeTrail) -> list[tuple[str, int]]:
    """Count the rows that unmerging writes, by model, without the customers."""
    return label_counts(
        Counter(
            step.model
            for rows in trail.steps.values()
            for step in rows.values()
            if not step.is_created_by_merge
        )
    )
