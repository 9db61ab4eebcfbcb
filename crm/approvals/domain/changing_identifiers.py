"""Changing identifiers where the merge that this may bring about waits for an approver."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from crm.approvals import errors
from crm.approvals.domain.asking import Ask
from crm.approvals.domain.filing import Filed, file_request
from crm.approvals.models import Request
from crm.approvals.rules.words import LONGEST_COMMENT
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.usecases.changing_identifiers import Identified, change_identifiers
from customers import notices
from customers.rules.identity_change import IdentityChange
from loyalty.operations.delinking_cards import CardDelink
from loyalty.operations.issuing_cards import CardIssue


@within_unit_of_work
def change_identifiers_or_ask(
    *,
    origin: Origin,
    change: IdentityChange,
    cards: Sequence[CardIssue] = (),
    delinks: Sequence[CardDelink] = (),
) -> Identified:
    """Change identifiers; what would merge two customers is asked for, where that is the rule.

    With the organization's ``CONF_MERGE_BY_REQUEST`` nothing changes then, and a notice names the
    request; asking again while it waits names the same one. Where merges are approved by
    themselves, the merge and the change are done at once, and the request is on record.

    Raises what ``change_identifiers`` and a request to merge refuse.
    """

    def attempt(wanted: IdentityChange) -> Identified:
        return change_identifiers(origin=origin, change=wanted, cards=cards, delinks=delinks)

    try:
        # What was written before the merge came to light is undone; the request is not.
        with transaction.atomic():
            return attempt(change)
    except errors.MergeNeedsApproval as wait:
        survivor_id: int = wait.facts["survivor_id"]
    request = _ask(origin, change, survivor_id)
    if request.status == Request.Status.APPROVED:
        done = attempt(replace(change, customer_id=survivor_id))
        merged = Notice(notices.MERGED, survivor_id=survivor_id)
        return replace(done, merged=True, notices=[merged, *done.notices])
    waits = Notice(notices.MERGE_REQUESTED, survivor_id=survivor_id, request_id=request.pk)
    return Identified(change.customer_id, merged=False, is_done=False, notices=[waits])


def _ask(origin: Origin, change: IdentityChange, survivor_id: int) -> Request:
    said = [f"add {kind} {value}" for kind, value in change.add]
    said += [f"remove {kind} {value}" for kind, value in change.remove]
    comments = f"To change identifiers: {', '.join(said)}"
    ask = Ask(
        kind=Request.Kind.MERGE,
        customer_id=change.customer_id,
        target_id=survivor_id,
        comments=comments[:LONGEST_COMMENT],
    )
    try:
        filed: Filed = file_request(origin=origin, ask=ask)
    except (errors.VictimPending, errors.SurvivorPending) as refusal:
        waiting = Request.objects.get(pk=refusal.facts["request_id"])
        if {waiting.customer_id, waiting.other_customer_id} != {change.customer_id, survivor_id}:
            raise
        return waiting
    return filed.request
