"""How v2 shows requests, changes of tiers, and who filed and decided them."""

from decimal import Decimal
from typing import Any

from crm.approvals.models import Decision, Request
from crm.tenancy.models import OrgEntity
from loyalty.models import TierChange

Answer = dict[str, Any]
# What the reference calls the types of identifiers is what requests of them are called.
IDENTIFIERS = ("MOBILE", "EMAIL", "EXTERNAL_ID")
TIER = "TIER"


def request_answer(request: Request) -> Answer:
    """The keys that each of the lists has; who updated is who decided, else who filed."""
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
    """A change of an identifier, an address, or of who somebody is."""
    return request_answer(request) | {"changeIdentifiers": _changes(request)}


def retro_answer(request: Request) -> Answer:
    """A retro transaction."""
    return request_answer(request) | {
        "transactionId": request.payload["transaction_id"],
        "reqAdd": True,
    }


def goodwill_answer(request: Request) -> Answer:
    """Goodwill points, or a goodwill coupon; the values are numbers written as text."""
    answer = request_answer(request) | {
        "goodwillType": request.kind,
        "goodwillStatus": request.status,
        "requestedValue": _value(request, None),
    }
    for key in ("program_id", "series_id"):
        if key in request.payload:
            answer[{"program_id": "programId", "series_id": "seriesId"}[key]] = request.payload[key]
    if request.status == Request.Status.APPROVED and request.decision is not None:
        answer["approvedValue"] = _value(request, request.decision.points)
    return answer


def any_answer(request: Request) -> Answer:
    """A request as the list of its kind shows it."""
    if request.kind == Request.Kind.RETRO:
        return retro_answer(request)
    if request.kind in (Request.Kind.POINTS, Request.Kind.COUPON):
        return goodwill_answer(request)
    return change_answer(request)


def tier_answer(change: TierChange) -> Answer:
    """A change of tier in the shape of a change of identifiers; nobody had to approve it."""
    causer = change.changed_by
    by = None if causer is None else entity_answer(causer)
    answer = {
        "id": change.pk,
        "requestId": change.pk,
        "status": Request.Status.APPROVED,
        "addedBy": by,
        "enteredBy": by,
        "updatedBy": by,
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
    if causer is not None and causer.parent is not None:
        answer["addedByParent"] = entity_answer(causer.parent)
    return answer


def entity_answer(entity: OrgEntity) -> Answer:
    """A till, store or member of staff; what this program does not have is 0 or false."""
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


def _changes(request: Request) -> Answer:
    kind = "MOBILE" if request.kind == Request.Kind.MOBILE_REALLOC else request.kind
    said = kind in (*IDENTIFIERS, "ADDRESS")
    return {
        "add": [{"type": kind, "value": request.new_value}] if said and request.new_value else [],
        "remove": [{"type": kind, "value": request.old_value}]
        if said and request.old_value
        else [],
    }


def _value(request: Request, approved: Decimal | None) -> str:
    """The points, or for a coupon its series."""
    points = request.points if approved is None else approved
    if points is None:
        return str(request.payload.get("series_id", ""))
    return f"{points:.3f}".rstrip("0").rstrip(".")
