"""Signing: the words of a checker, and what they make of the requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crm.approvals.domain.four_eyes import Signatory
from crm.approvals.models import Decision, Request
from crm.audit.operations.recording import NewEvent, record_events
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
    """Who decides, and the words, digests and points that go with it."""

    signatory: Signatory
    reason: str
    comments: str
    digests: Mapping[int, str]
    points: Mapping[int, Decimal]
    auto: bool = False


@dataclass(frozen=True, slots=True)
class _Word:
    id: int
    request: Request


@within_unit_of_work
def sign(
    *, origin: Origin, requests: Sequence[Request], verdict: str, signature: Signature
) -> None:
    """Write the decisions, and give the requests what they say; the constraints look on.

    A FAILED request stays open and keeps the ``failure`` that it was given.
    """
    words = [
        _Word(pk, request)
        for pk, request in zip(take_ids(Decision, len(requests)), requests, strict=True)
    ]
    failed = verdict == Decision.Verdict.FAILED
    bulk_insert(Decision, COLUMNS, [_row(origin, word, verdict, signature) for word in words])
    for word in words:
        request = word.request
        request.status, request.changed_at = verdict, origin.at
        request.decision_id = None if failed else word.id
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
        origin=origin, events=[_event(word.request, verdict, signature) for word in words]
    )


def _row(origin: Origin, word: _Word, verdict: str, signature: Signature) -> tuple[object, ...]:
    request, checker = word.request, signature.signatory
    return (
        word.id,
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


def _event(request: Request, verdict: str, signature: Signature) -> NewEvent:
    told = {"reason": signature.reason, "comments": signature.comments}
    if verdict == Decision.Verdict.FAILED:
        told["failure"] = request.failure
    return NewEvent(
        f"request.{verdict.lower()}",
        "request",
        request.pk,
        after={
            "kind": request.kind,
            "customer": request.customer_id,
            **{name: text for name, text in told.items() if text},
            **({"auto_approved": True} if signature.auto else {}),
        },
    )
