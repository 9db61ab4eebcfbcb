"""Decide requests: each once, and never by its maker (contract, section 6)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.approvals import errors
from crm.approvals.domain.four_eyes import Signatory, get_signatory, refuse_own_request
from crm.approvals.domain.kinds.registry import get_kind
from crm.approvals.domain.previews import plan_requests
from crm.approvals.domain.signatures import Signature, record_decisions
from crm.approvals.models import Decision, Request
from crm.approvals.rules.texts import LONGEST_COMMENT, LONGEST_REASON, clean_text
from crm.kernel.errors import DomainError
from crm.kernel.ids import LARGEST_ID
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import OrgEntity
from crm.tenancy.origin import Origin
from customers.errors import ReasonMissing
from customers.operations.customers.lock import lock_customers

# A concurrent merge may move a request to another customer, which must then be locked too.
MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A checker's verdict on a list of requests.

    ``digests`` holds the digest of the preview that the checker saw, by request id; API callers
    see no preview. ``points`` holds approved goodwill points that differ from the requested ones.
    """

    approve: bool
    reason: str = ""
    comments: str = ""
    digests: Mapping[int, str] = field(default_factory=dict)
    points: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class DecisionResult:
    """The result for one request: its current state, or None for an unknown request.

    With a ``refusal`` it was not decided. Either the verdict was refused (RequestUnknown,
    RequestDecided, OwnRequest, PlanChanged), or the approval broke a rule and the request is
    FAILED now.
    """

    id: int
    request: Request | None = None
    refusal: DomainError | None = None


@within_unit_of_work
def decide_requests(
    *, origin: Origin, request_ids: Sequence[int], verdict: Verdict
) -> list[DecisionResult]:
    """Approve or reject requests, and return one result for each, in order.

    A refused request does not affect the others. An approval applies the change in the same
    transaction. If the change breaks a rule, the request becomes FAILED with that reason, and
    may be decided again.

    Raises:
        ReasonMissing: a rejection has no reason.
        ValueTooLong: the reason or comment is too long.
    """
    reason = clean_text(verdict.reason, "reason", LONGEST_REASON)
    comments = clean_text(verdict.comments, "comments", LONGEST_COMMENT)
    if not verdict.approve and not reason:
        raise ReasonMissing()
    checker = get_signatory(origin)
    outcomes = {pk: DecisionResult(pk) for pk in request_ids}
    requests = _lock_requests(origin, [pk for pk in outcomes if 0 < pk <= LARGEST_ID])
    _refuse_undecidable(origin, checker, verdict, requests, outcomes)
    decidable = [
        outcome.request
        for outcome in outcomes.values()
        if outcome.request and outcome.refusal is None
    ]
    signature = Signature(checker, reason, comments, dict(verdict.digests), dict(verdict.points))
    if verdict.approve:
        _approve_requests(origin, decidable, signature, outcomes)
    else:
        record_decisions(
            origin=origin,
            requests=decidable,
            verdict=Decision.Verdict.REJECTED,
            signature=signature,
        )
    return [outcomes[pk] for pk in request_ids]


@within_unit_of_work
def auto_approve_request(*, origin: Origin, request: Request, maker: Signatory) -> DecisionResult:
    """Approve a request that its maker just filed, by a setting or the caller's scope."""
    outcome = DecisionResult(request.pk, request)
    comments = f"auto approved by {maker.actor_id}"
    signature = Signature(maker, "", comments, {}, {}, auto=True)
    _approve_requests(origin, [request], signature, {request.pk: outcome})
    return outcome


def _lock_requests(origin: Origin, ids: Collection[int]) -> dict[int, Request]:
    """Lock the requests after their customers; customers are always locked first."""
    rows = Request.objects.filter(org_id=origin.org.pk, pk__in=ids).order_by("pk")
    locked: set[int] = set()
    customer_ids = _collect_customer_ids(rows.values_list("customer_id", "other_customer_id"))
    for _ in range(MOST_ROUNDS):
        lock_customers(customer_ids - locked)
        locked |= customer_ids
        requests = list(rows.select_for_update())
        customer_ids = _collect_customer_ids((r.customer_id, r.other_customer_id) for r in requests)
        if customer_ids <= locked:
            return {request.pk: request for request in requests}
    raise AssertionError("requests kept moving to other customers while they were locked")


def _collect_customer_ids(pairs: Any) -> set[int]:
    return {pk for pair in pairs for pk in pair if pk is not None}


def _refuse_undecidable(
    origin: Origin,
    checker: Signatory,
    verdict: Verdict,
    requests: Mapping[int, Request],
    outcomes: Mapping[int, DecisionResult],
) -> None:
    """Set a refusal on each outcome whose request cannot be decided by this checker now."""
    callers = {request.maker_caller_id for request in requests.values()}
    owners = dict(
        OrgEntity.objects.filter(pk__in=callers, owner__isnull=False).values_list("pk", "owner_id")
    )
    previewed = (
        [requests[pk] for pk in verdict.digests if pk in requests] if verdict.approve else []
    )
    plans = plan_requests(
        org=origin.org, requests=[r for r in previewed if r.is_open], now=origin.at
    )
    for pk, outcome in outcomes.items():
        outcome.request = request = requests.get(pk)
        try:
            if request is None:
                raise errors.RequestUnknown()
            if not request.is_open:
                raise _build_request_decided(request)
            refuse_own_request(request, checker, owners.get(request.maker_caller_id))
            if pk in plans and plans[pk].digest != verdict.digests[pk]:
                raise errors.PlanChanged()
        except DomainError as refusal:
            outcome.refusal = refusal.detached()


def _build_request_decided(request: Request) -> DomainError:
    decisions = Decision.objects.select_related("actor")
    decision = decisions.exclude(verdict=Decision.Verdict.FAILED).get(request=request)
    return errors.RequestDecided(
        status=request.status, by=str(decision.actor), at=decision.decided_at
    )


def _approve_requests(
    origin: Origin,
    requests: Sequence[Request],
    signature: Signature,
    outcomes: Mapping[int, DecisionResult],
) -> None:
    by_kind: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        by_kind[request.kind].append(request)
    approved: list[Request] = []
    failed: list[Request] = []
    for code, group in by_kind.items():
        points = {r.pk: signature.points[r.pk] for r in group if r.pk in signature.points}
        refusals = get_kind(code).apply(origin=origin, requests=group, points=points)
        for request, refusal in zip(group, refusals, strict=True):
            outcomes[request.pk].refusal = refusal
            (approved if refusal is None else failed).append(request)
            if refusal is not None:
                request.failure = refusal.code
                request.failure_facts = {name: str(fact) for name, fact in refusal.facts.items()}
    record_decisions(
        origin=origin, requests=approved, verdict=Decision.Verdict.APPROVED, signature=signature
    )
    record_decisions(
        origin=origin, requests=failed, verdict=Decision.Verdict.FAILED, signature=signature
    )
