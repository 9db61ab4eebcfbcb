"""Undoing a merge: both customers are again who they were (contract, rule 2.6)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.approvals.moving import find_request_blockers, move_requests_back
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.usecases.moved_rows import name_counts
from customers import errors
from customers.models import Customer, MergeJournal
from customers.operations.locking import lock_customers
from customers.operations.releasing import (
    find_blockers,
    find_walls,
    release_customer,
    sign_undo,
)
from customers.operations.retracing import Trail, look, read_trail
from customers.queries.merges import get_merge
from customers.rules.reasons import clean_reason
from customers.rules.undoing import Blocker
from loyalty.operations.pouring_back import (
    find_loyalty_blockers,
    list_points_going,
    pour_back,
)

# Apps with tables of their own to walk back through; the rest is the customers app's.
LOYALTY, APPROVALS = "loyalty", "approvals"


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What undoing a merge would put back, by kind of row, and what makes it impossible."""

    merge_id: int
    survivor_id: int
    victim_id: int
    merged_at: datetime
    undone_at: datetime | None
    counts: list[tuple[str, int]]
    points: list[tuple[str, Decimal]]
    blockers: list[Blocker]


def plan_undo(*, org_id: int, merge_id: int) -> UndoPlan:
    """Say what undoing the merge would do now; nothing is written, and nothing locked.

    Raises:
        MergeUnknown: the organization knows of no such merge.
    """
    journal = get_merge(org_id=org_id, merge_id=merge_id)
    trail = read_trail(journal.pk)
    if journal.undone_at is None:
        look(trail, lock=False)
    return _plan(journal, trail)


@within_unit_of_work
def undo_merge(*, origin: Origin, merge_id: int, reason: str) -> UndoPlan:
    """Walk the journal of the merge back, and return what was put back.

    When nothing was written in between, both customers are exactly as before. What the survivor
    was given since stays with the survivor.

    Raises:
        MergeUnknown: the organization knows of no such merge.
        MergeUndone: it was undone before; nothing is done twice.
        MergeUndoBlocked: something that moved was used or edited since, or the survivor took part
            in a later merge; the fact ``blockers`` names it all.
        ReasonMissing, ReasonInvalid: there is no reason, or one that cannot be kept.
    """
    reason = clean_reason(reason)
    if not reason:
        raise errors.ReasonMissing()
    journal = get_merge(org_id=origin.org.pk, merge_id=merge_id)
    trail = read_trail(journal.pk)
    # Customers first, as everywhere: every write on either of them waits, and so does a merge.
    lock_customers({journal.survivor_id, journal.victim_id, *trail.of(Customer)})
    sign_undo(origin=origin, merge_id=journal.pk, reason=reason)
    look(trail, lock=True)
    plan = _plan(journal, trail)
    if plan.blockers:
        raise errors.MergeUndoBlocked(blockers=" ".join(one.words for one in plan.blockers))
    pour_back(origin=origin, journal=journal, trail=trail.of_app(LOYALTY))
    move_requests_back(trail=trail.of_app(APPROVALS))
    release_customer(origin=origin, journal=journal, trail=_rest(trail), reason=reason)
    return plan


def _rest(trail: Trail) -> Trail:
    return trail.but_app(LOYALTY).but_app(APPROVALS)


def _plan(journal: MergeJournal, trail: Trail) -> UndoPlan:
    blockers: list[Blocker] = []
    points: list[tuple[str, Decimal]] = []
    if journal.undone_at is None:
        blockers = find_walls(journal, trail)
        points = list_points_going(journal, trail.of_app(LOYALTY))
        if not blockers:
            blockers = [
                *find_loyalty_blockers(journal, trail.of_app(LOYALTY)),
                *find_request_blockers(trail.of_app(APPROVALS)),
                *find_blockers(journal, _rest(trail)),
            ]
    return UndoPlan(
        merge_id=journal.pk,
        survivor_id=journal.survivor_id,
        victim_id=journal.victim_id,
        merged_at=journal.merged_at,
        undone_at=journal.undone_at,
        counts=_counts(trail),
        points=points,
        blockers=blockers,
    )


def _counts(trail: Trail) -> list[tuple[str, int]]:
    """How many rows of each kind an undo writes, the customers themselves left out."""
    return name_counts(
        Counter(
            step.model
            for rows in trail.steps.values()
            for step in rows.values()
            if not step.is_made
        )
    )
