"""Deciding requests: each exactly once, and never by who filed it (contract, section 6)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.approvals import errors
from crm.approvals.domain.four_eyes import Signatory, refuse_own, signatory_of
from crm.approvals.domain.kinds.registry import kind_of
from crm.approvals.domain.previewing import plan_requests
from crm.approvals.domain.signing import Signature, sign
from crm.approvals.models import Decision, Request
from crm.approvals.rules.words import LONGEST_COMMENT, LONGEST_REASON, clean_text
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import OrgEntity
from crm.tenancy.origin import Origin
from customers.errors import ReasonMissing
from customers.operations.locking import lock_customers

OPEN = (Request.Status.PENDING, Request.Status.FAILED)
# A merge in between may have given a request to another customer; nobody is merged for ever.
MOST_ROUNDS = 10
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a checker says about a list of requests.

    ``digests`` are those of the previews the checker saw, by request; the API shows none.
    ``points`` are approved values of goodwill, where they differ from those asked for.
    """

    approve: bool
    reason: str = ""
    comments: str = ""
    digests: Mapping[int, str] = field(default_factory=dict)
    points: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class Decided:
    """What became of one request: ``request`` as it stands now, None for an unknown one.

    With a ``refusal`` it was not decided: the word was not taken (RequestUnknown, RequestDecided,
    OwnRequest, PlanChanged), or approving it broke a rule and it says FAILED now.
    """

    id: int
    request: Request | None = None
    refusal: DomainError | None = None


@within_unit_of_work
def decide_requests(
    *, origin: Origin, request_ids: Sequence[int], verdict: Verdict
) -> list[Decided]:
    """Approve or reject a list: one outcome for each, in order; refused ones leave the others.

    Approving applies the change in this same unit: either both happen or neither. A rule that the
    change breaks is kept as the reason of a FAILED request, which may be decided again.

    Raises:
        ReasonMissing: a rejection says why.
        ValueTooLong: the reason or comment cannot be kept whole.
    """
    reason = clean_text(verdict.reason, "reason", LONGEST_REASON)
    comments = clean_text(verdict.comments, "comments", LONGEST_COMMENT)
    if not verdict.approve and not reason:
        raise ReasonMissing()
    checker = signatory_of(origin)
    outcomes = {pk: Decided(pk) for pk in request_ids}
    requests = _lock(origin, [pk for pk in outcomes if 0 < pk <= LARGEST_ID])
    _look(origin, checker, verdict, requests, outcomes)
    taken = [o.request for o in outcomes.values() if o.request and o.refusal is None]
    signature = Signature(checker, reason, comments, dict(verdict.digests), dict(verdict.points))
    if verdict.approve:
        _approve(origin, taken, signature, outcomes)
    else:
        sign(origin=origin, requests=taken, verdict=Decision.Verdict.REJECTED, signature=signature)
    return [outcomes[pk] for pk in request_ids]


@within_unit_of_work
def approve_by_itself(*, origin: Origin, request: Request, maker: Signatory) -> Decided:
    """Approve what its maker just filed, by a switch of the organization or the caller's scope."""
    outcome = Decided(request.pk, request)
    comments = f"auto approved by {maker.actor_id}"
    signature = Signature(maker, "", comments, {}, {}, auto=True)
    _approve(origin, [request], signature, {request.pk: outcome})
    return outcome


def _lock(origin: Origin, ids: Collection[int]) -> dict[int, Request]:
    """Lock the requests, and before them everybody they are about: customers come first."""
    rows = Request.objects.filter(org_id=origin.org.pk, pk__in=ids).order_by("pk")
    locked: set[int] = set()
    people = _people(rows.values_list("customer_id", "other_customer_id"))
    for _ in range(MOST_ROUNDS):
        lock_customers(people - locked)
        locked |= people
        requests = list(rows.select_for_update())
        people = _people((r.customer_id, r.other_customer_id) for r in requests)
        if people <= locked:
            return {request.pk: request for request in requests}
    raise AssertionError("requests went to other customers again and again")


def _people(pairs: Any) -> set[int]:
    return {pk for pair in pairs for pk in pair if pk is not None}


def _look(
    origin: Origin,
    checker: Signatory,
    verdict: Verdict,
    requests: Mapping[int, Request],
    outcomes: Mapping[int, Decided],
) -> None:
    """Refuse the words that cannot be taken."""
    callers = {request.maker_caller_id for request in requests.values()}
    owners = dict(
        OrgEntity.objects.filter(pk__in=callers, owner__isnull=False).values_list("pk", "owner_id")
    )
    seen = [requests[pk] for pk in verdict.digests if pk in requests] if verdict.approve else []
    plans = plan_requests(org=origin.org, requests=[r for r in seen if r.is_open], now=origin.at)
    for pk, outcome in outcomes.items():
        outcome.request = request = requests.get(pk)
        try:
            if request is None:
                raise errors.RequestUnknown()
            if not request.is_open:
                raise _decided(request)
            refuse_own(request, checker, owners.get(request.maker_caller_id))
            if pk in plans and plans[pk].digest != verdict.digests[pk]:
                raise errors.PlanChanged()
        except DomainError as refusal:
            outcome.refusal = refusal


def _decided(request: Request) -> DomainError:
    words = Decision.objects.select_related("actor")
    decision = words.exclude(verdict=Decision.Verdict.FAILED).get(request=request)
    return errors.RequestDecided(
        status=request.status, by=str(decision.actor), at=decision.decided_at
    )


def _approve(
    origin: Origin,
    requests: Sequence[Request],
    signature: Signature,
    outcomes: Mapping[int, Decided],
) -> None:
    by_kind: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        by_kind[request.kind].append(request)
    done: list[Request] = []
    failed: list[Request] = []
    for code, group in by_kind.items():
        points = {r.pk: signature.points[r.pk] for r in group if r.pk in signature.points}
        refusals = kind_of(code).apply(origin=origin, requests=group, points=points)
        for request, refusal in zip(group, refusals, strict=True):
            outcomes[request.pk].refusal = refusal
            (done if refusal is None else failed).append(request)
            if refusal is not None:
                request.failure = refusal.code
                request.failure_facts = {name: str(fact) for name, fact in refusal.facts.items()}
    sign(origin=origin, requests=done, verdict=Decision.Verdict.APPROVED, signature=signature)
    sign(origin=origin, requests=failed, verdict=Decision.Verdict.FAILED, signature=signature)
