"""The v1.1 representation of requests and decisions."""

from collections.abc import Collection, Mapping
from typing import Any

from crm.approvals.models import Decision, Request
from crm.approvals.rules.request_types import (
    CHANGE_IDENTIFIER,
    GOODWILL,
    TRANSACTION_UPDATE,
    TYPE_OF,
)
from customers.queries.customers.headings import Heading, list_headings

# The list that contains requests of each type.
LISTS: Mapping[str, str] = {
    CHANGE_IDENTIFIER: "change_identifier",
    GOODWILL: "goodwill",
    TRANSACTION_UPDATE: "transaction_update",
}


def list_request_headings(*, org_id: int, requests: Collection[Request]) -> dict[int, Heading]:
    """Return the headings of all customers of the requests, by customer id. Two queries."""
    customer_ids = {pk for r in requests for pk in (r.customer_id, r.other_customer_id) if pk}
    return list_headings(org_id=org_id, customer_ids=customer_ids)


def request_answer(
    request: Request, headings: Mapping[int, Heading], *, reference_id: Any = None
) -> dict[str, Any]:
    """Build a request's answer, the same for every operation of this chapter.

    ``reference_id`` is the caller's own reference; by default the one stored with the request.
    """
    payload = request.payload
    return {
        "reference_id": _text_or_none(reference_id or payload.get("reference_id")),
        "id": str(request.pk),
        "status": request.status,
        "requested_on": request.filed_at,
        "type": TYPE_OF[request.kind],
        "base_type": request.kind,
        "customer": customer_answer(headings.get(request.customer_id), request.customer_id),
        "old_value": request.old_value,
        "new_value": request.new_value,
        "old_type": _text_or_none(payload.get("old_type")),
        "new_type": _text_or_none(payload.get("new_type")),
        "points": request.points,
        "program_id": _text_or_none(payload.get("program_id")),
        "series_id": _text_or_none(payload.get("series_id")),
        "misc_info": _misc_info(request, headings),
        "transaction_id": _text_or_none(payload.get("transaction_id")),
        "reason": request.reason,
        "comments": request.comments,
        "is_one_step_change": "true" if request.one_step else "false",
    }


def decision_answer(decision: Decision | None) -> dict[str, Any]:
    """Build the checker, time and reason of a decision; blank without a decision."""
    return {
        **({"updated_by": entity_answer(decision.actor)} if decision else {}),
        "updated_on": decision.decided_at if decision else None,
        "updated_comments": decision.comments if decision else "",
        "decision_reason": decision.reason if decision else "",
        "approved_points": decision.points if decision else None,
        "auto_approved": "true" if decision and decision.auto_approved else "false",
    }


def log_answer(decision: Decision) -> dict[str, Any]:
    """Build one log entry from a decision, which may be a failed approval."""
    return {
        "status": decision.verdict,
        "by": entity_answer(decision.actor),
        "on": decision.decided_at,
        "reason": decision.reason,
        "comments": decision.comments,
        "failure": decision.failure,
        "auto_approved": "true" if decision.auto_approved else "false",
    }


def entity_answer(row: Any) -> dict[str, Any]:
    """Build a till, store or member of staff."""
    return {"id": str(row.pk), "code": row.code, "name": row.name, "type": row.type}


def customer_answer(heading: Heading | None, customer_id: int) -> dict[str, Any]:
    """Build a customer with name and identifiers."""
    identifiers = heading.identifiers if heading else {}
    return {
        "id": str(customer_id),
        "firstname": heading.first_name if heading else "",
        "lastname": heading.last_name if heading else "",
        "mobile": identifiers.get("mobile"),
        "email": identifiers.get("email"),
        "external_id": identifiers.get("externalId"),
    }


def _misc_info(request: Request, headings: Mapping[int, Heading]) -> dict[str, Any]:
    other_id = request.other_customer_id
    return (
        {}
        if other_id is None
        else {"target_customer": customer_answer(headings.get(other_id), other_id)}
    )


def _text_or_none(value: Any) -> str | None:
    return None if value is None else str(value)
