"""Requests and refusals in words for staff."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crm.adminkit.history import in_words
from crm.adminkit.points import amount
from crm.approvals.domain.kinds.wording import BLOCKERS
from crm.approvals.models import Request
from crm.kernel.errors import DomainError

COLOURS = {
    Request.Status.PENDING: "warn",
    Request.Status.FAILED: "bad",
    Request.Status.APPROVED: "good",
    Request.Status.REJECTED: "unset",
}
OWN = "You filed this request; somebody else decides."
CHANGED = "Request {id} has changed since the preview. Look at it again: nothing was done."
SENTENCES: Mapping[str, str] = {
    **BLOCKERS,
    "approvals.customer_unknown": "There is no such customer.",
    "approvals.new_email_invalid": "This is no email address, or somebody has it already.",
    "approvals.new_external_id_invalid": "This is no external id, or somebody has it already.",
    "approvals.new_mobile_invalid": "This is no mobile number, or somebody has it already.",
    "approvals.new_value_missing": "Write the new value; it has to differ from the old one.",
    "approvals.old_value_not_held": "The customer does not have the old value.",
    "approvals.own_request": OWN,
    "approvals.plan_blocked": "{blockers}",
    "approvals.plan_changed": "It has changed since the preview.",
    "approvals.points_invalid": "Write how many points: a number above zero.",
    "approvals.request_decided": "{by} decided before: {status}.",
    "approvals.request_unknown": "There is no such request.",
    "approvals.same_request_pending": "The same waits already: request {request_id}.",
    "approvals.survivor_is_victim": "A customer cannot be merged with themselves.",
    "approvals.survivor_merged": "That customer was merged into customer {survivor_id}.",
    "approvals.survivor_pending": "A merge of that customer waits for a decision already.",
    "approvals.target_unknown": "There is no customer of that number.",
    "approvals.value_too_long": "It is too long, or holds characters that cannot be kept.",
    "approvals.victim_merged": "The customer was merged into another one.",
    "approvals.victim_pending": "A merge of this customer waits for a decision already.",
    "customers.identifier_not_held": "The customer no longer has the old value.",
    "customers.identifier_taken": "Customer {customer_id} has this value now.",
    "customers.reason_missing": "Say why.",
    "loyalty.transaction_ambiguous": "Several transactions have this number; use the id.",
}
NOTHING = "(none)"  # as previews say it


def refusal_in_words(refusal: DomainError) -> str:
    """Why something was not done."""
    return failure_in_words(refusal.code, refusal.facts)


def failure_in_words(code: str, facts: Mapping[str, Any]) -> str:
    """The same of what a request keeps: the name of a refusal, and its facts."""
    told = {name: _plain(fact) for name, fact in facts.items()}
    if sentence := SENTENCES.get(code):
        return sentence.format_map(_Told(told))
    return f"Not done: {code.partition('.')[2].replace('_', ' ')}."


def asked_in_words(request: Request) -> tuple[str, str]:
    """What is asked for, as before and after; before is blank where nothing is replaced."""
    kind, other = Request.Kind, request.other_customer_id
    if request.kind == kind.POINTS and request.points is not None:
        return "", f"{amount(request.points)} points"
    if request.kind == kind.MERGE:
        return "", f"into customer {other}"
    if request.kind == kind.MERGE_UNDO:
        return "", f"apart from customer {other}"
    if request.kind == kind.MOBILE_REALLOC:
        return (f"customer {other}" if other else "", request.new_value or request.old_value)
    if request.new_value:
        return request.old_value or NOTHING, request.new_value
    return "", in_words(request.payload) if request.payload else ""


def age_in_words(since: datetime, now: datetime) -> str:
    """How long it has been, in the largest unit that fits."""
    spent = max(now - since, timedelta())
    for length, one, many in (
        (timedelta(days=1), "day", "days"),
        (timedelta(hours=1), "hour", "hours"),
        (timedelta(minutes=1), "minute", "minutes"),
    ):
        if count := spent // length:
            return f"{count:,} {one if count == 1 else many}"
    return "just now"


def _plain(fact: Any) -> str:
    if isinstance(fact, datetime):
        return f"{fact:%d %b %Y %H:%M}"
    if isinstance(fact, list | tuple):
        return " ".join(map(str, fact))
    return str(fact)


class _Told(dict[str, str]):
    """Facts by name; one that is missing is left out of its sentence."""

    def __missing__(self, name: str) -> str:
        return ""
