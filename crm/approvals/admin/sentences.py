"""Requests and refusals in words for staff."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crm.adminkit.history import in_words
from crm.adminkit.points import amount
from crm.approvals import errors
from crm.approvals.models import Request
from crm.dialects.v2.catalogue import CATALOGUE
from crm.kernel.errors import DomainError
from customers.errors import ReasonMissing

COLOURS = {
    Request.Status.PENDING: "warn",
    Request.Status.FAILED: "bad",
    Request.Status.APPROVED: "good",
    Request.Status.REJECTED: "unset",
}
OWN = "You filed this request; somebody else decides."
CHANGED = "Request {id} has changed since the preview. Look at it again: nothing was done."
SENTENCES: Mapping[str, str] = {
    errors.OwnRequest.code: OWN,
    errors.PlanChanged.code: "It has changed since the preview.",
    errors.PlanBlocked.code: "{blockers}",
    errors.RequestUnknown.code: "There is no such request.",
    errors.RequestDecided.code: "{by} decided before: {status}.",
    errors.ValueTooLong.code: "The {field} is too long, or holds characters that cannot be kept.",
    ReasonMissing.code: "Say why it is rejected.",
    "customers.identifier_taken": "Customer {customer_id} has this value now.",
    "customers.identifier_not_held": "The customer no longer has the old value.",
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
    entry = CATALOGUE.get(code)
    if entry is None:
        return code.replace(".", " ").replace("_", " ").capitalize()
    words = entry.say(told)
    return words if words.endswith(".") else f"{words}."


def asked_in_words(request: Request) -> tuple[str, str]:
    """What is asked for, as before and after; before is blank where nothing is replaced."""
    kind, other = Request.Kind, request.other_customer_id
    if request.kind == kind.POINTS:
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
