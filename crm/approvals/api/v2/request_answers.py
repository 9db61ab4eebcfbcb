"""The v2 representation of requests, tier changes and their actors."""

from decimal import Decimal
from typing import Any

from crm.approvals.models import Decision, Request
from crm.tenancy.models import OrgEntity
from loyalty.models import TierChange

Answer = dict[str, Any]
# Request kinds whose names are identifier types in the reference.
IDENTIFIERS = ("MOBILE", "EMAIL", "EXTERNAL_ID")
TIER = "TIER"


def request_answer(request: Request) -> Answer:
    """Build the fields that all lists share. ``updatedBy`` is the checker, else the maker."""
    decision: Decision | None = request.decision
    maker = request.maker
    comments = decision.comments if decision else ""
    answer = {
        "id": request.pk,
        "requestId": request.pk,
        "status": request.status,
        "addedBy": entity_answer(maker),
        "enteredBy": entity_answer(maker),
        "updatedBy": entity_answer(decision.actor if decision else maker),
        "addedOn": request.filed_at,
        "updatedOn": request.changed_at,
        "userId": request.customer_id,
        "changeType": request.kind,
        "baseType": request.kind,
        "reason": request.reason,
        "comments": request.comments or comments,
        "updatedComments": comments,
        "updatedReason": decision.reason if decision else "",
        "secUserId": request.other_customer_id or 0,
        "oneStep": request.one_step,
        "autoApproved": bool(decision and decision.auto_approved),
        "warnings": [],
    }
    if maker.parent is not None:
        answer["addedByParent"] = entity_answer(maker.parent)
    if request.failure:
        answer["failure"] = request.failure
    return answer


def change_answer(request: Request) -> Answer:
    """Build a request that changes identifiers or an address, or merges customers."""
    return request_answer(request) | {"changeIdentifiers": _changes_answer(request)}


def retro_answer(request: Request) -> Answer:
    """Build a retro transaction request."""
    return request_answer(request) | {
        "transactionId": request.payload["transaction_id"],
        "reqAdd": True,
    }


def goodwill_answer(request: Request) -> Answer:
    """Build a goodwill request for points or a coupon; its values are numbers as strings."""
    answer = request_answer(request) | {
        "goodwillType": request.kind,
        "goodwillStatus": request.status,
        "requestedValue": _format_value(request, None),
    }
    for key in ("program_id", "series_id"):
        if key in request.payload:
            answer[{"program_id": "programId", "series_id": "seriesId"}[key]] = request.payload[key]
    if request.status == Request.Status.APPROVED and request.decision is not None:
        answer["approvedValue"] = _format_value(request, request.decision.points)
    return answer


def any_answer(request: Request) -> Answer:
    """Build a request in the shape of its kind's list."""
    if request.kind == Request.Kind.RETRO:
        return retro_answer(request)
    if request.kind in (Request.Kind.POINTS, Request.Kind.COUPON):
        return goodwill_answer(request)
    return change_answer(request)


def tier_answer(change: TierChange) -> Answer:
    """Build a tier change in the shape of an approved identifier change."""
    actor = change.changed_by
    actor_answer = None if actor is None else entity_answer(actor)
    answer = {
        "id": change.pk,
        "requestId": change.pk,
        "status": Request.Status.APPROVED,
        "addedBy": actor_answer,
        "enteredBy": actor_answer,
        "updatedBy": actor_answer,
        "addedOn": change.changed_at,
        "updatedOn": change.changed_at,
        "userId": change.enrollment.customer_id,
        "changeType": TIER,
        "baseType": TIER,
        "changeIdentifiers": {
            "add": [{"type": TIER, "value": change.tier.name}],
            "remove": []
            if change.previous_tier is None
            else [{"type": TIER, "value": change.previous_tier.name}],
        },
        "programId": change.enrollment.program_id,
        "reason": change.reason,
        "comments": "",
        "updatedComments": "",
        "updatedReason": "",
        "secUserId": 0,
        "oneStep": False,
        "autoApproved": False,
        "warnings": [],
    }
    if actor is not None and actor.parent is not None:
        answer["addedByParent"] = entity_answer(actor.parent)
    return answer


def entity_answer(entity: OrgEntity) -> Answer:
    """Build a till, store or member of staff; unsupported fields are 0 or false."""
    return {
        "id": entity.pk,
        "code": entity.code,
        "description": entity.description,
        "name": entity.name,
        "type": entity.type,
        "adminType": "GENERAL",
        "isActive": entity.is_active,
        "isOuEnabled": False,
        "timeZoneId": 0,
        "currencyId": 0,
        "languageId": 0,
    }


def _changes_answer(request: Request) -> Answer:
    kind = "MOBILE" if request.kind == Request.Kind.MOBILE_REALLOC else request.kind
    has_values = kind in (*IDENTIFIERS, "ADDRESS")
    return {
        "add": [{"type": kind, "value": request.new_value}]
        if has_values and request.new_value
        else [],
        "remove": [{"type": kind, "value": request.old_value}]
        if has_values and request.old_value
        else [],
    }


def _format_value(request: Request, approved: Decimal | None) -> str:
    """Format the points, or the series id of a coupon."""
    points = request.points if approved is None else approved
    if points is None:
        return str(request.payload.get("series_id", ""))
    return f"{points:.3f}".rstrip("0").rstrip(".")
