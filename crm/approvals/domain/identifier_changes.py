"""Change identifiers, and request approval where that would merge two customers."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.new_requests import FilingResult, file_request
from crm.approvals.models import Request
from crm.approvals.rules.texts import LONGEST_COMMENT
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.usecases.change_identifiers import IdentifierChangeResult, change_identifiers
from customers import notices
from customers.rules.identifier_change import IdentityChange
from loyalty.operations.cards.delink import DelinkRequest
from loyalty.operations.cards.issue import CardIssueRequest


@within_unit_of_work
def change_identifiers_or_request_merge(
    *,
    origin: Origin,
    change: IdentityChange,
    cards: Sequence[CardIssueRequest] = (),
    delinks: Sequence[DelinkRequest] = (),
) -> IdentifierChangeResult:
    """Change identifiers, or file a request where the change would merge two customers.

    This applies with the setting ``CONF_MERGE_BY_REQUEST``. Nothing changes then, and a notice
    names the request; a second call while it is pending names the same request. Where merges are
    approved automatically, the merge and the change happen at once.

    Raises the refusals of ``change_identifiers`` and of a merge request.
    """

    def apply_change(identity_change: IdentityChange) -> IdentifierChangeResult:
        return change_identifiers(
            origin=origin, change=identity_change, cards=cards, delinks=delinks
        )

    try:
        # Roll back what was written before the merge was detected, but keep the request.
        with transaction.atomic():
            return apply_change(change)
    except errors.MergeNeedsApproval as refusal:
        survivor_id: int = refusal.facts["survivor_id"]
    request = _request_merge(origin, change, survivor_id)
    if request.status == Request.Status.APPROVED:
        result = apply_change(replace(change, customer_id=survivor_id))
        merged_notice = Notice(notices.MERGED, survivor_id=survivor_id)
        return replace(result, merged=True, notices=[merged_notice, *result.notices])
    requested_notice = Notice(
        notices.MERGE_REQUESTED, survivor_id=survivor_id, request_id=request.pk
    )
    return IdentifierChangeResult(
        change.customer_id, merged=False, is_done=False, notices=[requested_notice]
    )


def _request_merge(origin: Origin, change: IdentityChange, survivor_id: int) -> Request:
    steps = [f"add {kind} {value}" for kind, value in change.add]
    steps += [f"remove {kind} {value}" for kind, value in change.remove]
    comments = f"To change identifiers: {', '.join(steps)}"
    new_request = NewRequest(
        kind=Request.Kind.MERGE,
        customer_id=change.customer_id,
        target_id=survivor_id,
        comments=comments[:LONGEST_COMMENT],
    )
    try:
        result: FilingResult = file_request(origin=origin, new_request=new_request)
    except (errors.VictimPending, errors.SurvivorPending) as refusal:
        pending_request = Request.objects.get(pk=refusal.facts["request_id"])
        if {pending_request.customer_id, pending_request.other_customer_id} != {
            change.customer_id,
            survivor_id,
        }:
            raise
        return pending_request
    return result.request
