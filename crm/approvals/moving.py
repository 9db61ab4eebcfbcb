"""What a merge does with requests, and how it is undone (contract, rule 2.6)."""

from collections.abc import Iterator, Mapping

from django.db.models import Q

from crm.approvals.models import Request
from crm.kernel.transactions import within_unit_of_work
from customers.operations.journaling import Journal
from customers.operations.retracing import Trail, put_back
from customers.rules.undoing import Blocker

# An architecture test finds the links that are forgotten here.
MERGE_MOVES: Mapping[str, str] = {
    "approvals.Request.customer": "moves; the merge's own and a twin of the survivor's stay",
    "approvals.Request.other_customer": "moves, but of the merge's own",
}
OPEN = (Request.Status.PENDING, Request.Status.FAILED)


def move_requests(*, journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Give the survivor the victim's requests, decided ones too. Both customers are locked.

    Requests between the two stay as they were filed: the merge itself is one of them. So does one
    that waits for the same as one of the survivor's: approving it fails and says why.
    """
    between = Q(customer_id=survivor_id) | Q(other_customer_id=survivor_id)
    waiting = set(
        Request.objects.filter(customer_id=survivor_id, status__in=OPEN).values_list(
            "kind", "sameness"
        )
    )
    about = Request.objects.filter(customer_id=victim_id).exclude(between)
    twins = [
        pk
        for pk, status, *same in about.values_list("pk", "status", "kind", "sameness")
        if status in OPEN and tuple(same) in waiting
    ]
    journal.change_all(about.exclude(pk__in=twins), {"customer_id": survivor_id})
    naming = Request.objects.filter(other_customer_id=victim_id).exclude(between)
    journal.change_all(naming, {"other_customer_id": survivor_id})


def find_request_blockers(trail: Trail) -> Iterator[Blocker]:
    """Requests that moved and were decided since, for the survivor; a failed try decides nothing.

    The trail holds the rows as they are.
    """
    for step in trail.of(Request).values():
        if step.now is None or "decision_id" in step.edited():
            yield Blocker("requests", f"Request {step.pk}, which moved, was decided since.")


@within_unit_of_work
def move_requests_back(*, trail: Trail) -> None:
    """Give the victim their requests back; both customers are locked, and nothing blocks."""
    put_back(list(trail.of(Request).values()))
