"""Record decisions, and update the requests they decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crm.approvals.domain.four_eyes import Signatory
from crm.approvals.models import Decision, Request
from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin

COLUMNS = (
    "id",
    "org_id",
    "request_id",
    "verdict",
    "actor_id",
    "actor_caller_id",
    "actor_person_id",
    "maker_caller_id",
    "maker_person_id",
    "auto_approved",
    "reason",
    "comments",
    "points",
    "digest",
    "failure",
    "decided_at",
    "door",
)


@dataclass(frozen=True, slots=True)
class Signature:
    """The checker of a decision, with reason, comments, digests and approved points."""

    signatory: Signatory
    reason: str
    comments: str
    digests: Mapping[int, str]
    points: Mapping[int, Decimal]
    auto: bool = False


@dataclass(frozen=True, slots=True)
class _NewDecision:
    id: int
    request: Request


@within_unit_of_work
def record_decisions(
    *, origin: Origin, requests: Sequence[Request], verdict: str, signature: Signature
) -> None:
    """Insert one decision for each request, and set the requests' status.

    A FAILED request stays open and keeps its ``failure``. The database checks four eyes.
    """
    decisions = [
        _NewDecision(pk, request)
        for pk, request in zip(take_ids(Decision, len(requests)), requests, strict=True)
    ]
    failed = verdict == Decision.Verdict.FAILED
    bulk_insert(
        Decision,
        COLUMNS,
        [_build_decision_row(origin, decision, verdict, signature) for decision in decisions],
    )
    for decision in decisions:
        request = decision.request
        request.status, request.changed_at = verdict, origin.at
        request.decision_id = None if failed else decision.id
        if not failed:
            request.failure, request.failure_facts = "", {}
    bulk_update(
        Request,
        ("status", "decision_id", "changed_at", "failure", "failure_facts"),
        [
            (r.pk, r.status, r.decision_id, r.changed_at, r.failure, r.failure_facts)
            for r in requests
        ],
    )
    record_events(
        origin=origin,
        events=[
            _build_decision_event(decision.request, verdict, signature) for decision in decisions
        ],
    )


def _build_decision_row(
    origin: Origin, decision: _NewDecision, verdict: str, signature: Signature
) -> tuple[object, ...]:
    request, checker = decision.request, signature.signatory
    return (
        decision.id,
        origin.org.pk,
        request.pk,
        verdict,
        checker.actor_id,
        checker.caller_id,
        checker.person_id,
        request.maker_caller_id,
        request.maker_person_id,
        signature.auto,
        signature.reason,
        signature.comments,
        signature.points.get(request.pk),
        signature.digests.get(request.pk, ""),
        request.failure if verdict == Decision.Verdict.FAILED else "",
        origin.at,
        origin.door,
    )


def _build_decision_event(request: Request, verdict: str, signature: Signature) -> NewEvent:
    decision_texts = {"reason": signature.reason, "comments": signature.comments}
    if verdict == Decision.Verdict.FAILED:
        decision_texts["failure"] = request.failure
    return NewEvent(
        f"request.{verdict.lower()}",
        "request",
        request.pk,
        after={
            "kind": request.kind,
            "customer": request.customer_id,
            **{name: text for name, text in decision_texts.items() if text},
            **({"auto_approved": True} if signature.auto else {}),
        },
    )
