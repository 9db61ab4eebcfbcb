"""The preview of a request: what approving it would change, and its decisions."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.event_descriptions import DOOR_LABELS
from crm.adminkit.localized import format_count
from crm.adminkit.pending_requests import may_decide
from crm.adminkit.point_formats import format_amount
from crm.adminkit.request_summaries import describe_requests
from crm.adminkit.translated_texts import translate_refusal, translate_text
from crm.approvals.domain.previews import plan_requests
from crm.approvals.errors import OwnRequest
from crm.approvals.models import Decision, Request
from crm.approvals.queries.makers import list_own_entities
from crm.approvals.queries.requests import list_decisions
from crm.approvals.rules.plans import Difference, Plan
from crm.kernel.errors import DomainError
from crm.messages import explain, explain_code

# Kinds that move points or merge customers: approving them needs a second click.
CONFIRMED_KINDS = {
    Request.Kind.MERGE,
    Request.Kind.MERGE_UNDO,
    Request.Kind.MOBILE_REALLOC,
    Request.Kind.POINTS,
    Request.Kind.COUPON,
    Request.Kind.RETRO,
}


def build_preview(
    request: HttpRequest, change_request: Request, *, now: datetime
) -> dict[str, Any]:
    """Build the context of the preview panel. A decided request has no plan."""
    user = get_staff_user(request)
    own = list_own_entities(org_id=user.org_id, entity_id=user.entity_id)
    [line] = describe_requests([change_request], org_id=user.org_id, own=own, now=now)
    decides = may_decide(request) and change_request.is_open
    return {
        **line,
        "customer_url": _get_customer_url(change_request.customer_id),
        "facts": _list_facts(change_request),
        "words": [
            _describe_decision(decision) for decision in list_decisions(request=change_request)
        ],
        "plan": _describe_plan(change_request, now) if change_request.is_open else None,
        "own": translate_refusal(OwnRequest()) if line["is_own"] and change_request.is_open else "",
        "decides": decides and not line["is_own"],
        "decide_url": reverse("admin:approvals_request_decide", args=[change_request.pk]),
        "csrf_token": get_token(request),
    }


def _describe_plan(change_request: Request, now: datetime) -> dict[str, Any]:
    try:
        plan = plan_requests(org=change_request.org, requests=[change_request], now=now)[
            change_request.pk
        ]
    except DomainError as refusal:
        plan = Plan(blockers=[explain(refusal)])
    points = change_request.points if change_request.kind == Request.Kind.POINTS else None
    return {
        "differences": [
            Difference(*map(translate_text, (line.name, line.before, line.after)))
            for line in plan.differences
        ],
        "facts": [
            {
                "name": translate_text(fact.name),
                "words": translate_text(fact.words),
                "url": _get_customer_url(fact.customer_id) if fact.customer_id else "",
            }
            for fact in plan.facts
        ],
        "moves": [
            (translate_text(name), format_count(count)) for name, count in plan.moves if count
        ],
        "blockers": [translate_text(blocker) for blocker in plan.blockers],
        "digest": plan.digest,
        "points": "" if points is None else _format_input_value(points),
        "needs_confirmation": change_request.kind in CONFIRMED_KINDS,
        "consequence": _describe_consequence(change_request),
    }


def _describe_consequence(change_request: Request) -> str:
    """Describe what the second click confirms."""
    if change_request.kind == Request.Kind.MERGE:
        return gettext(
            "Customer {customer_id} is merged into customer {other_customer_id}, "
            "as the preview shows."
        ).format(
            customer_id=change_request.customer_id,
            other_customer_id=change_request.other_customer_id,
        )
    if change_request.kind == Request.Kind.POINTS and change_request.points is not None:
        points = format_amount(change_request.points)
        return gettext("{points} points are awarded, or the number you enter.").format(
            points=points
        )
    if change_request.kind == Request.Kind.COUPON:
        return gettext("A coupon is issued to the customer.")
    return gettext("The changes in the preview are applied at once.")


def _list_facts(change_request: Request) -> list[tuple[str, Any]]:
    facts = [
        (gettext("Filed"), change_request.filed_at),
        (gettext("Filed by"), str(change_request.maker)),
        (gettext("Store"), str(change_request.store) if change_request.store else ""),
        (gettext("Reason"), change_request.reason),
        (gettext("Comments"), change_request.comments),
        (
            gettext("Last failure"),
            translate_text(explain_code(change_request.failure, change_request.failure_facts))
            if change_request.failure
            else "",
        ),
    ]
    return [(name, value) for name, value in facts if value]


def _describe_decision(decision: Decision) -> dict[str, Any]:
    return {
        "verdict": decision.get_verdict_display(),
        "who": gettext("Automatic") if decision.auto_approved else str(decision.actor),
        "at": decision.decided_at,
        "where": gettext(DOOR_LABELS.get(decision.door, decision.door)),
        "points": ""
        if decision.points is None
        else gettext("{points} points").format(points=format_amount(decision.points)),
        "texts": [
            words
            for words in (
                decision.reason,
                decision.comments,
                translate_text(explain_code(decision.failure, {})) if decision.failure else "",
            )
            if words
        ],
    }


def _get_customer_url(customer_id: int) -> str:
    return reverse("admin:customers_customer_change", args=[customer_id])


def _format_input_value(points: Decimal) -> str:
    return f"{points:.3f}".rstrip("0").rstrip(".")
