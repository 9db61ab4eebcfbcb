"""File requests: validated at once, decided later (contract, sections 5.3 and 6)."""

import hashlib
import json
from dataclasses import dataclass

from crm.approvals import errors
from crm.approvals.domain.decisions import DecisionResult, auto_approve_request
from crm.approvals.domain.drafts import NewRequest, RequestDraft
from crm.approvals.domain.four_eyes import Signatory, get_signatory
from crm.approvals.domain.kinds.registry import get_kind
from crm.approvals.models import Request
from crm.approvals.rules.request_types import AUTO_APPROVAL
from crm.approvals.rules.texts import LONGEST_COMMENT, LONGEST_REASON, clean_text
from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.settings import get_settings
from customers.models import Customer
from customers.operations.customers.lock import lock_customers

COLUMNS = (
    "id",
    "org_id",
    "kind",
    "customer_id",
    "other_customer_id",
    "old_value",
    "new_value",
    "points",
    "payload",
    "sameness",
    "reason",
    "comments",
    "one_step",
    "maker_id",
    "maker_caller_id",
    "maker_person_id",
    "store_id",
    "filed_at",
    "status",
    "changed_at",
    "failure",
    "failure_facts",
)


@dataclass(frozen=True, slots=True)
class FilingResult:
    """A filed request. ``refusal`` is the reason why its automatic approval failed."""

    request: Request
    refusal: DomainError | None = None


@within_unit_of_work
def file_request(
    *, origin: Origin, new_request: NewRequest, auto_approve: bool = False, one_step: bool = False
) -> FilingResult:
    """File a request; approve it automatically if a setting or the caller asks for that.

    The caller must have checked the scope before it passes ``auto_approve`` or ``one_step``. The
    decision is marked as automatic, with the maker as its actor.

    Raises:
        RequestBaseTypeInvalid: the kind is unknown.
        RequestCustomerUnknown, VictimMerged: the customer is unknown or merged.
        SameRequestPending: the same request of this customer is already pending.
        ValueTooLong: a text is too long.
        Also the refusals of the kind's ``draft``.
    """
    kind = get_kind(new_request.kind)
    customer = _lock_customer(origin, new_request)
    draft = kind.draft(origin=origin, new_request=new_request, customer=customer)
    maker = get_signatory(origin)
    request = _insert_request(origin, new_request, draft, maker, one_step)
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "request.filed",
                "request",
                request.pk,
                after={
                    "kind": request.kind,
                    "customer": request.customer_id,
                    "old_value": request.old_value,
                    "new_value": request.new_value,
                    "points": None if request.points is None else str(request.points),
                },
            )
        ],
    )
    if not (auto_approve or one_step or _is_auto_approved(origin, request.kind)):
        return FilingResult(request)
    result: DecisionResult = auto_approve_request(origin=origin, request=request, maker=maker)
    return FilingResult(result.request or request, result.refusal)


def _lock_customer(origin: Origin, new_request: NewRequest) -> Customer:
    # Lock both customers of a merge at once, in id order, so that no deadlock can occur.
    customer = lock_customers([new_request.customer_id, new_request.target_id]).get(
        new_request.customer_id
    )
    if customer is None or customer.org_id != origin.org.pk:
        raise errors.RequestCustomerUnknown()
    if customer.merged_into_id is not None:
        raise errors.VictimMerged(survivor_id=customer.merged_into_id)
    return customer


def _insert_request(
    origin: Origin, new_request: NewRequest, draft: RequestDraft, maker: Signatory, one_step: bool
) -> Request:
    [pk] = take_ids(Request, 1)
    request = Request(
        pk=pk,
        org=origin.org,
        kind=new_request.kind,
        customer_id=new_request.customer_id,
        other_customer_id=draft.other_customer_id,
        old_value=draft.old_value,
        new_value=draft.new_value,
        points=draft.points,
        payload=dict(draft.payload),
        sameness=_hash_draft(draft),
        reason=clean_text(new_request.reason, "reason", LONGEST_REASON),
        comments=clean_text(new_request.comments, "comments", LONGEST_COMMENT),
        one_step=one_step,
        maker_id=maker.actor_id,
        maker_caller_id=maker.caller_id,
        maker_person_id=maker.person_id,
        store_id=maker.store_id,
        filed_at=origin.at,
        changed_at=origin.at,
    )
    row = [getattr(request, column) for column in COLUMNS]
    if not insert_unless_taken(Request, COLUMNS, [row]):
        pending_ids = (
            Request.objects.open()
            .filter(customer_id=request.customer_id, kind=request.kind, sameness=request.sameness)
            .values_list("pk", flat=True)
        )
        for request_id in pending_ids:
            raise errors.SameRequestPending(request_id=request_id)
        # Another customer's claim to the same transaction was filed at the same moment.
        raise errors.TransactionClaimed(request_id=None)
    return request


def _hash_draft(draft: RequestDraft) -> str:
    values = [
        draft.old_value,
        draft.new_value,
        draft.other_customer_id,
        draft.points,
        draft.payload,
    ]
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_auto_approved(origin: Origin, kind: str) -> bool:
    switch = AUTO_APPROVAL.get(kind)
    return switch is not None and get_settings(origin.org.pk).is_on(switch)
