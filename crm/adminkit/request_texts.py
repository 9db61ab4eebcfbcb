"""Sentences about requests and refusals, for staff."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crm.adminkit.event_descriptions import format_value
from crm.adminkit.point_formats import format_amount
from crm.approvals.domain.kinds.formats import BLOCKERS
from crm.approvals.models import Request
from crm.kernel.errors import DomainError

COLOURS = {
    Request.Status.PENDING: "warn",
    Request.Status.FAILED: "bad",
    Request.Status.APPROVED: "good",
    Request.Status.REJECTED: "unset",
}
OWN_REQUEST = "You filed this request. Another person must decide it."
CHANGED_SINCE_PREVIEW = (
    "Request {id} has changed since the preview. Nothing was done; check it again."
)
SENTENCES: Mapping[str, str] = {
    **BLOCKERS,
    "approvals.customer_unknown": "There is no such customer.",
    "approvals.new_email_invalid": "This email address is invalid, or another customer has it.",
    "approvals.new_external_id_invalid": "This external id is invalid, or another customer has it.",
    "approvals.new_mobile_invalid": "This mobile number is invalid, or another customer has it.",
    "approvals.new_value_missing": "Enter a new value that differs from the old one.",
    "approvals.old_value_not_held": "The customer does not have the old value.",
    "approvals.own_request": OWN_REQUEST,
    "approvals.plan_blocked": "{blockers}",
    "approvals.plan_changed": "The request has changed since the preview.",
    "approvals.points_invalid": "Enter a number of points above zero.",
    "approvals.request_decided": "{by} has already decided this request: {status}.",
    "approvals.request_unknown": "There is no such request.",
    "approvals.same_request_pending": "The same request is already pending: request {request_id}.",
    "approvals.survivor_is_victim": "A customer cannot be merged with themselves.",
    "approvals.survivor_merged": "The survivor is merged into customer {survivor_id}.",
    "approvals.survivor_pending": "A merge of the survivor is already pending.",
    "approvals.target_unknown": "There is no customer with this id.",
    "approvals.value_too_long": "A text is too long, or has invalid characters.",
    "approvals.victim_merged": "The customer is merged into another customer.",
    "approvals.victim_pending": "A merge of this customer is already pending.",
    "customers.identifier_not_held": "The customer no longer has the old value.",
    "customers.identifier_taken": "Customer {customer_id} now has this value.",
    "customers.reason_missing": "Enter a reason.",
    "loyalty.transaction_ambiguous": "Several transactions have this number. Use the id.",
}
NO_VALUE = "(none)"  # the same text as in previews


def describe_refusal(refusal: DomainError) -> str:
    """Return the sentence for a refusal."""
    return describe_failure(refusal.code, refusal.facts)


def describe_failure(code: str, facts: Mapping[str, Any]) -> str:
    """Return the sentence for a stored failure: a refusal's code and facts."""
    formatted_facts = {name: _format_fact(fact) for name, fact in facts.items()}
    if sentence := SENTENCES.get(code):
        return sentence.format_map(_FactsOrBlank(formatted_facts))
    return f"Not done: {code.partition('.')[2].replace('_', ' ')}."


def describe_change(request: Request) -> tuple[str, str]:
    """Return the requested change as texts before and after. Before may be blank."""
    kind, other = Request.Kind, request.other_customer_id
    if request.kind == kind.POINTS and request.points is not None:
        return "", f"{format_amount(request.points)} points"
    if request.kind == kind.MERGE:
        return "", f"into customer {other}"
    if request.kind == kind.MERGE_UNDO:
        return "", f"from customer {other}"
    if request.kind == kind.MOBILE_REALLOC:
        return (f"customer {other}" if other else "", request.new_value or request.old_value)
    if request.new_value:
        return request.old_value or NO_VALUE, request.new_value
    return "", format_value(request.payload) if request.payload else ""


def format_age(since: datetime, now: datetime) -> str:
    """Format the time since ``since``, in the largest unit that fits."""
    age = max(now - since, timedelta())
    for length, singular, plural in (
        (timedelta(days=1), "day", "days"),
        (timedelta(hours=1), "hour", "hours"),
        (timedelta(minutes=1), "minute", "minutes"),
    ):
        if count := age // length:
            return f"{count:,} {singular if count == 1 else plural}"
    return "just now"


def _format_fact(fact: Any) -> str:
    if isinstance(fact, datetime):
        return f"{fact:%d %b %Y %H:%M}"
    if isinstance(fact, list | tuple):
        return " ".join(map(str, fact))
    return str(fact)


class _FactsOrBlank(dict[str, str]):
    """Facts by name; a missing one is blank in its sentence."""

    def __missing__(self, name: str) -> str:
        return ""
