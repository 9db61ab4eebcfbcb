"""The preview of one request: exactly what approving it would change, and what became of it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse

from crm.adminkit.history import DOORS
from crm.adminkit.person import staff_of
from crm.adminkit.points import amount
from crm.adminkit.request_lines import lines_of
from crm.adminkit.request_words import OWN, failure_in_words, refusal_in_words
from crm.adminkit.waiting import may_decide
from crm.approvals.domain.previewing import plan_requests
from crm.approvals.models import Decision, Request
from crm.approvals.queries.makers import own_entities
from crm.approvals.queries.reading import list_decisions
from crm.approvals.rules.plans import Plan
from crm.kernel.errors import DomainError

# Approving these moves points or people: it takes a second key.
WEIGHTY = {
    Request.Kind.MERGE,
    Request.Kind.MERGE_UNDO,
    Request.Kind.MOBILE_REALLOC,
    Request.Kind.POINTS,
    Request.Kind.COUPON,
    Request.Kind.RETRO,
}


def preview_of(request: HttpRequest, asked: Request, *, now: datetime) -> dict[str, Any]:
    """Plain values for the panel; a request that is decided shows its decision instead."""
    user = staff_of(request)
    own = own_entities(org_id=user.org_id, entity_id=user.entity_id)
    [line] = lines_of([asked], org_id=user.org_id, own=own, now=now)
    decides = may_decide(request) and asked.is_open
    return {
        **line,
        "customer_url": _customer_url(asked.customer_id),
        "facts": _facts(asked),
        "words": [_word(decision) for decision in list_decisions(request=asked)],
        "plan": _plan(asked, now) if asked.is_open else None,
        "own": OWN if line["is_own"] and asked.is_open else "",
        "decides": decides and not line["is_own"],
        "decide_url": reverse("admin:approvals_request_decide", args=[asked.pk]),
        "csrf_token": get_token(request),
    }


def _plan(asked: Request, now: datetime) -> dict[str, Any]:
    try:
        plan = plan_requests(org=asked.org, requests=[asked], now=now)[asked.pk]
    except DomainError as refusal:
        plan = Plan(blockers=[refusal_in_words(refusal)])
    points = asked.points if asked.kind == Request.Kind.POINTS else None
    return {
        "differences": plan.differences,
        "facts": [
            {
                "name": fact.name,
                "words": fact.words,
                "url": _customer_url(fact.customer_id) if fact.customer_id else "",
            }
            for fact in plan.facts
        ],
        "moves": [(name, f"{count:,}") for name, count in plan.moves if count],
        "blockers": plan.blockers,
        "digest": plan.digest,
        "points": "" if points is None else _typed(points),
        "asks_twice": asked.kind in WEIGHTY,
        "consequence": _consequence(asked),
    }


def _consequence(asked: Request) -> str:
    """What a second key confirms."""
    if asked.kind == Request.Kind.MERGE:
        return (
            f"Customer {asked.customer_id} is merged into customer {asked.other_customer_id}, "
            "with all that the preview names."
        )
    if asked.kind == Request.Kind.POINTS and asked.points is not None:
        return f"Up to {amount(asked.points)} points are given, or as many as you write here."
    if asked.kind == Request.Kind.COUPON:
        return "A coupon is issued. It is as good as money."
    return "What the preview shows happens at once."


def _facts(asked: Request) -> list[tuple[str, Any]]:
    told = [
        ("Filed", asked.filed_at),
        ("Filed by", str(asked.maker)),
        ("Store", str(asked.store) if asked.store else ""),
        ("Reason", asked.reason),
        ("Comment", asked.comments),
        (
            "Last try",
            failure_in_words(asked.failure, asked.failure_facts) if asked.failure else "",
        ),
    ]
    return [(name, value) for name, value in told if value]


def _word(decision: Decision) -> dict[str, Any]:
    return {
        "verdict": decision.get_verdict_display(),
        "who": "By itself" if decision.auto_approved else str(decision.actor),
        "at": decision.decided_at,
        "where": DOORS.get(decision.door, decision.door),
        "points": "" if decision.points is None else f"{amount(decision.points)} points",
        "said": [
            words
            for words in (
                decision.reason,
                decision.comments,
                failure_in_words(decision.failure, {}) if decision.failure else "",
            )
            if words
        ],
    }


def _customer_url(customer_id: int) -> str:
    return reverse("admin:customers_customer_change", args=[customer_id])


def _typed(points: Decimal) -> str:
    return f"{points:.3f}".rstrip("0").rstrip(".")
