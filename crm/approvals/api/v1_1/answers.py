"""How v1.1 shows a request, whoever asks for it."""

from collections.abc import Collection, Mapping
from typing import Any

from crm.approvals.models import Decision, Request
from crm.approvals.rules.types import CHANGE_IDENTIFIER, GOODWILL, TRANSACTION_UPDATE, TYPE_OF
from customers.queries.headings import Heading, list_headings

# By type the list that shows it.
LISTS: Mapping[str, str] = {
    CHANGE_IDENTIFIER: "change_identifier",
    GOODWILL: "goodwill",
    TRANSACTION_UPDATE: "transaction_update",
}


def headings_of(*, org_id: int, requests: Collection[Request]) -> dict[int, Heading]:
    """Who the requests are about, and whom they name, by key; two queries."""
    people = {pk for r in requests for pk in (r.customer_id, r.other_customer_id) if pk}
    return list_headings(org_id=org_id, customer_ids=people)


def request_answer(
    request: Request, headings: Mapping[int, Heading], *, reference_id: Any = None
) -> dict[str, Any]:
    """The keys of a request as every operation of this chapter answers them.

    ``reference_id`` is the caller's own word for it, kept with the request.
    """
    payload = request.payload
    return {
        "reference_id": _said(reference_id or payload.get("reference_id")),
        "id": str(request.pk),
        "status": request.status,
        "requested_on": request.filed_at,
        "type": TYPE_OF[request.kind],
        "base_type": request.kind,
        "customer": person(headings.get(request.customer_id), request.customer_id),
        "old_value": request.old_value,
        "new_value": request.new_value,
        "old_type": _said(payload.get("old_type")),
        "new_type": _said(payload.get("new_type")),
        "points": request.points,
        "program_id": _said(payload.get("program_id")),
        "series_id": _said(payload.get("series_id")),
        "misc_info": _misc(request, headings),
        "transaction_id": _said(payload.get("transaction_id")),
        "reason": request.reason,
        "comments": request.comments,
        "is_one_step_change": "true" if request.one_step else "false",
    }


def decision_answer(decision: Decision | None) -> dict[str, Any]:
    """Who decided, when and why; all empty, and nobody, while nobody did."""
    return {
        **({"updated_by": entity(decision.actor)} if decision else {}),
        "updated_on": decision.decided_at if decision else None,
        "updated_comments": decision.comments if decision else "",
        "decision_reason": decision.reason if decision else "",
        "approved_points": decision.points if decision else None,
        "auto_approved": "true" if decision and decision.auto_approved else "false",
    }


def word_answer(word: Decision) -> dict[str, Any]:
    """One word about a request, a failed try too."""
    return {
        "status": word.verdict,
        "by": entity(word.actor),
        "on": word.decided_at,
        "reason": word.reason,
        "comments": word.comments,
        "failure": word.failure,
        "auto_approved": "true" if word.auto_approved else "false",
    }


def entity(row: Any) -> dict[str, Any]:
    """A till, store or member of staff."""
    return {"id": str(row.pk), "code": row.code, "name": row.name, "type": row.type}


def person(heading: Heading | None, customer_id: int) -> dict[str, Any]:
    """A customer as far as a request names them."""
    known = heading.identifiers if heading else {}
    return {
        "id": str(customer_id),
        "firstname": heading.first_name if heading else "",
        "lastname": heading.last_name if heading else "",
        "mobile": known.get("mobile"),
        "email": known.get("email"),
        "external_id": known.get("externalId"),
    }


def _misc(request: Request, headings: Mapping[int, Heading]) -> dict[str, Any]:
    other = request.other_customer_id
    return {} if other is None else {"target_customer": person(headings.get(other), other)}


def _said(value: Any) -> str | None:
    return None if value is None else str(value)
