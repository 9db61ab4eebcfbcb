"""Move requests in a merge, and restore them in an unmerge (contract, rule 2.6)."""

from collections.abc import Iterator, Mapping

from django.db.models import Q

from crm.approvals.models import Request
from crm.kernel.staff_texts import staff_text
from crm.kernel.transactions import within_unit_of_work
from customers.operations.merge.journal import Journal
from customers.operations.merge.journal_trail import MergeTrail, restore_rows
from customers.rules.unmerge import UnmergeBlocker

# An architecture test checks that every link to a customer is listed here.
MERGE_MOVES: Mapping[str, str] = {
    "approvals.Request.customer": "moves; the merge's own and a twin of the survivor's stay",
    "approvals.Request.other_customer": "moves, but of the merge's own",
}


def move_requests(*, journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Move the victim's requests to the survivor, decided ones too. Both customers must be locked.

    Requests between the two stay, because the merge request is one of them. A pending request
    that the survivor has as well stays too; approving it fails with the reason.
    """
    between = Q(customer_id=survivor_id) | Q(other_customer_id=survivor_id)
    open_keys = set(
        Request.objects.open().filter(customer_id=survivor_id).values_list("kind", "sameness")
    )
    victim_requests = Request.objects.filter(customer_id=victim_id).exclude(between)
    duplicate_ids = [
        pk
        for pk, status, *key in victim_requests.values_list("pk", "status", "kind", "sameness")
        if status in Request.OPEN and tuple(key) in open_keys
    ]
    journal.change_all(victim_requests.exclude(pk__in=duplicate_ids), {"customer_id": survivor_id})
    requests_naming_victim = Request.objects.filter(other_customer_id=victim_id).exclude(between)
    journal.change_all(requests_naming_victim, {"other_customer_id": survivor_id})


def list_request_blockers(trail: MergeTrail) -> Iterator[UnmergeBlocker]:
    """Yield a blocker for each moved request that was decided since the merge.

    A failed approval is no decision. The trail must hold the current rows.
    """
    for step in trail.of(Request).values():
        if step.current is None or "decision_id" in step.list_edited_columns():
            yield UnmergeBlocker(
                "requests",
                staff_text("Request {id}, which moved, was decided since the merge.", id=step.pk),
            )


@within_unit_of_work
def restore_requests(*, trail: MergeTrail) -> None:
    """Move the requests back to the victim. Both customers must be locked, without blockers."""
    restore_rows(list(trail.of(Request).values()))
