"""A merge that was a mistake: the victim becomes one of their own again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from crm.approvals.domain.asking import Ask, Draft
from crm.approvals.domain.kinds.one_by_one import one_by_one
from crm.approvals.models import Request
from crm.approvals.rules.plans import Fact, Plan
from crm.approvals.rules.words import LONGEST_REASON, clean_text
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from crm.usecases.unmerging import plan_undo, undo_merge
from customers.errors import (
    MergeUndoBlocked,
    MergeUndone,
    MergeUnknown,
    ReasonMissing,
)
from customers.models import Customer
from customers.queries.lookup import LARGEST_ID


class MergeUndo:
    """The customer is the survivor, the other one the victim; ``merge_id`` says which merge."""

    def draft(self, *, origin: Origin, ask: Ask, customer: Customer) -> Draft:
        """What blocks now is refused now: nobody waits for what cannot be.

        Raises:
            MergeUnknown: the organization knows of no such merge, or this customer is not its
                survivor.
            MergeUndone: it was undone before.
            MergeUndoBlocked: something was used or edited since, or merged later.
            ReasonMissing, ValueTooLong: there is no reason, or one that cannot be kept whole.
        """
        if not clean_text(ask.reason, "reason", LONGEST_REASON):
            raise ReasonMissing()
        merge_id = ask.merge_id or 0
        if not 0 < merge_id <= LARGEST_ID:
            raise MergeUnknown(merge_id=merge_id)
        plan = plan_undo(org_id=origin.org.pk, merge_id=merge_id)
        if plan.survivor_id != customer.pk:
            raise MergeUnknown(merge_id=merge_id)
        if plan.undone_at is not None:
            raise MergeUndone(merge_id=merge_id)
        if plan.blockers:
            raise MergeUndoBlocked(blockers=" ".join(one.words for one in plan.blockers))
        return Draft(other_customer_id=plan.victim_id, payload={"merge_id": merge_id})

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """What goes back, and what is in the way by now."""
        return [_plan(org, request) for request in requests]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Undo them one after another; the reason is the request's.

        Refusals: MergeUndone, MergeUndoBlocked.
        """

        def undo(request: Request) -> None:
            undo_merge(origin=origin, merge_id=request.payload["merge_id"], reason=request.reason)

        return one_by_one(requests, undo)


def _plan(org: Organization, request: Request) -> Plan:
    undo = plan_undo(org_id=org.pk, merge_id=request.payload["merge_id"])
    who = [
        Fact("Becomes one of their own again", f"Customer {undo.victim_id}", undo.victim_id),
        Fact("Keeps what came since", f"Customer {undo.survivor_id}", undo.survivor_id),
    ]
    if undo.undone_at is not None:
        return Plan(facts=who, blockers=["This merge was undone before."])
    going = [
        Fact(f"Points of {program} that go back", f"{points.normalize():f}")
        for program, points in undo.points
    ]
    return Plan(
        facts=[*who, *going],
        moves=undo.counts,
        blockers=[blocker.words for blocker in undo.blockers],
    )
