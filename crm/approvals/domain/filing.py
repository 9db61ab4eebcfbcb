"""Filing requests: validated at once, decided later (contract, sections 5.3 and 6)."""

import hashlib
import json
from dataclasses import dataclass

from crm.approvals import errors
from crm.approvals.domain.asking import Ask, Draft
from crm.approvals.domain.deciding import Decided, approve_by_itself
from crm.approvals.domain.four_eyes import Signatory, signatory_of
from crm.approvals.domain.kinds.registry import kind_of
from crm.approvals.models import Request
from crm.approvals.rules.types import AUTO_APPROVAL
from crm.approvals.rules.words import LONGEST_COMMENT, LONGEST_REASON, clean_text
from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.settings import get_settings
from customers.models import Customer
from customers.operations.locking import lock_customers
from customers.queries.lookup import LARGEST_ID

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
class Filed:
    """A request as it stands now; ``refusal`` says why approving it by itself failed."""

    request: Request
    refusal: DomainError | None = None


@within_unit_of_work
def file_request(
    *, origin: Origin, ask: Ask, auto_approve: bool = False, one_step: bool = False
) -> Filed:
    """File what is asked; approve it by itself where the organization's switch or the caller says.

    ``auto_approve`` and ``one_step`` are the caller's wish, whom the door has let: it knows the
    scopes. What is approved by itself is recorded so, with the maker's name.

    Raises:
        RequestBaseTypeInvalid: there is no such kind.
        RequestCustomerUnknown, VictimMerged: there is nobody to do it for.
        SameRequestPending: the same request of the same customer waits already.
        ValueTooLong: a text cannot be kept whole.
        What the ``draft`` of the kind refuses.
    """
    kind = kind_of(ask.kind)
    customer = _customer(origin, ask)
    draft = kind.draft(origin=origin, ask=ask, customer=customer)
    maker = signatory_of(origin)
    request = _write(origin, ask, draft, maker, one_step)
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
    if not (auto_approve or one_step or _is_automatic(origin, request.kind)):
        return Filed(request)
    decided: Decided = approve_by_itself(origin=origin, request=request, maker=maker)
    return Filed(decided.request or request, decided.refusal)


def _customer(origin: Origin, ask: Ask) -> Customer:
    # Beyond 64 bit the databases would complain instead of finding nobody.
    named = (ask.customer_id, ask.target_id)
    wanted = {pk for pk in named if pk is not None and 0 < pk <= LARGEST_ID}
    # Both at once, in the order of their keys: a merge that is asked for waits for no third.
    customer = lock_customers(wanted).get(ask.customer_id)
    if customer is None or customer.org_id != origin.org.pk:
        raise errors.RequestCustomerUnknown()
    if customer.merged_into_id is not None:
        raise errors.VictimMerged(survivor_id=customer.merged_into_id)
    return customer


def _write(origin: Origin, ask: Ask, draft: Draft, maker: Signatory, one_step: bool) -> Request:
    [pk] = take_ids(Request, 1)
    request = Request(
        pk=pk,
        org=origin.org,
        kind=ask.kind,
        customer_id=ask.customer_id,
        other_customer_id=draft.other_customer_id,
        old_value=draft.old_value,
        new_value=draft.new_value,
        points=draft.points,
        payload=dict(draft.payload),
        sameness=_sameness(draft),
        reason=clean_text(ask.reason, "reason", LONGEST_REASON),
        comments=clean_text(ask.comments, "comments", LONGEST_COMMENT),
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
        waiting = Request.objects.filter(
            customer_id=request.customer_id,
            kind=request.kind,
            sameness=request.sameness,
            status__in=(Request.Status.PENDING, Request.Status.FAILED),
        ).values_list("pk", flat=True)
        for request_id in waiting:
            raise errors.SameRequestPending(request_id=request_id)
        # Somebody else asked for the same bill at this very moment.
        raise errors.TransactionClaimed(request_id=None)
    return request


def _sameness(draft: Draft) -> str:
    told = [draft.old_value, draft.new_value, draft.other_customer_id, draft.points, draft.payload]
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_automatic(origin: Origin, kind: str) -> bool:
    switch = AUTO_APPROVAL.get(kind)
    return switch is not None and get_settings(origin.org.pk).is_on(switch)
