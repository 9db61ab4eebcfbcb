"""Requests that wait for a decision, found by what they ask."""

from crm.approvals.models import Request

OPEN = (Request.Status.PENDING, Request.Status.FAILED)


def find_waiting_undo(*, org_id: int, customer_id: int, merge_id: int) -> Request | None:
    """The request to undo this merge that waits, filed for its survivor; at most one does."""
    waiting = Request.objects.filter(
        org_id=org_id,
        kind=Request.Kind.MERGE_UNDO,
        status__in=OPEN,
        customer_id=customer_id,
        payload__merge_id=merge_id,
    )
    return waiting.select_related("maker").order_by("pk").first()
