"""Requests to unmerge two customers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from crm.approvals.domain.drafts import NewRequest, RequestDraft
from crm.approvals.domain.kinds.one_by_one import apply_each
from crm.approvals.models import Request
from crm.approvals.rules.plans import Fact, Plan
from crm.approvals.rules.texts import LONGEST_REASON, clean_text
from crm.kernel.errors import DomainError
from crm.kernel.ids import LARGEST_ID
from crm.kernel.staff_texts import join_texts, staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from crm.usecases.unmerge_customers import plan_unmerge, unmerge_customers
from customers.errors import (
    MergeUndoBlocked,
    MergeUndone,
    MergeUnknown,
    ReasonMissing,
)
from customers.models import Customer


class MergeUndo:
    """Undo a merge. The customer is the survivor, ``other_customer`` the victim."""

    def draft(self, *, origin: Origin, new_request: NewRequest, customer: Customer) -> RequestDraft:
        """Check the merge and its blockers. A merge that cannot be undone now is refused at once.

        Raises:
            MergeUnknown: the merge is unknown, or the customer is not its survivor.
            MergeUndone: the merge is already undone.
            MergeUndoBlocked: the unmerge has blockers.
            ReasonMissing, ValueTooLong: the reason is missing or too long.
        """
        if not clean_text(new_request.reason, "reason", LONGEST_REASON):
            raise ReasonMissing()
        merge_id = new_request.merge_id or 0
        if not 0 < merge_id <= LARGEST_ID:
            raise MergeUnknown(merge_id=merge_id)
        plan = plan_unmerge(org_id=origin.org.pk, merge_id=merge_id)
        if plan.survivor_id != customer.pk:
            raise MergeUnknown(merge_id=merge_id)
        if plan.undone_at is not None:
            raise MergeUndone(merge_id=merge_id)
        if plan.blockers:
            raise MergeUndoBlocked(
                blockers=join_texts(blocker.message for blocker in plan.blockers)
            )
        return RequestDraft(other_customer_id=plan.victim_id, payload={"merge_id": merge_id})

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Show what moves back, and the current blockers."""
        return [_build_plan(org, request) for request in requests]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Undo one merge after another, with the request's reason.

        Refusals: MergeUndone, MergeUndoBlocked.
        """

        def undo(request: Request) -> None:
            unmerge_customers(
                origin=origin, merge_id=request.payload["merge_id"], reason=request.reason
            )

        return apply_each(requests, undo)


def _build_plan(org: Organization, request: Request) -> Plan:
    undo = plan_unmerge(org_id=org.pk, merge_id=request.payload["merge_id"])
    customer_facts = [
        Fact(
            staff_text("Victim, to be restored"),
            staff_text("Customer {customer_id}", customer_id=undo.victim_id),
            undo.victim_id,
        ),
        Fact(
            staff_text("Survivor"),
            staff_text("Customer {customer_id}", customer_id=undo.survivor_id),
            undo.survivor_id,
        ),
    ]
    if undo.undone_at is not None:
        return Plan(facts=customer_facts, blockers=[staff_text("This merge is already undone.")])
    point_facts = [
        Fact(
            staff_text("Points of {program} that move back", program=program),
            f"{points.normalize():f}",
        )
        for program, points in undo.points
    ]
    return Plan(
        facts=[*customer_facts, *point_facts],
        moves=undo.counts,
        blockers=[blocker.message for blocker in undo.blockers],
    )
