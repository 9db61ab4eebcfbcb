"""Find pending requests by their content."""

from crm.approvals.models import Request


def find_pending_unmerge_request(*, org_id: int, customer_id: int, merge_id: int) -> Request | None:
    """Return the pending unmerge request, or None. ``customer_id`` is the survivor."""
    requests = Request.objects.open().filter(
        org_id=org_id,
        kind=Request.Kind.MERGE_UNDO,
        customer_id=customer_id,
        payload__merge_id=merge_id,
    )
    return requests.select_related("maker").order_by("pk").first()
