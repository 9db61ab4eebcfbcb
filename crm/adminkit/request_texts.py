"""Sentences about requests and refusals, for staff."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop, ngettext

from crm.adminkit.event_descriptions import format_value
from crm.adminkit.localized import format_count
from crm.adminkit.point_formats import format_amount
from crm.adminkit.translated_texts import translate_text
from crm.approvals.domain.kinds.formats import BLOCKERS
from crm.approvals.models import Request
from crm.kernel.errors import DomainError

COLOURS = {
    Request.Status.PENDING: "warn",
    Request.Status.FAILED: "bad",
    Request.Status.APPROVED: "good",
    Request.Status.REJECTED: "unset",
}
OWN_REQUEST = gettext_noop("You filed this request. Another person must decide it.")
CHANGED_SINCE_PREVIEW = gettext_noop(
    "Request {id} has changed since the preview. Nothing was done; check it again."
)
SENTENCES: Mapping[str, str] = {
    **BLOCKERS,
    "approvals.customer_unknown": gettext_noop("There is no such customer."),
    "approvals.new_email_invalid": gettext_noop(
        "This email address is invalid, or another customer has it."
    ),
    "approvals.new_external_id_invalid": gettext_noop(
        "This external id is invalid, or another customer has it."
    ),
    "approvals.new_mobile_invalid": gettext_noop(
        "This mobile number is invalid, or another customer has it."
    ),
    "approvals.new_value_missing": gettext_noop("Enter a new value that differs from the old one."),
    "approvals.old_value_not_held": gettext_noop("The customer does not have the old value."),
    "approvals.own_request": OWN_REQUEST,
    "approvals.plan_blocked": "{blockers}",
    "approvals.plan_changed": gettext_noop("The request has changed since the preview."),
    "approvals.points_invalid": gettext_noop("Enter a number of points above zero."),
    "approvals.request_decided": gettext_noop("{by} has already decided this request: {status}."),
    "approvals.request_unknown": gettext_noop("There is no such request."),
    "approvals.same_request_pending": gettext_noop(
        "The same request is already pending: request {request_id}."
    ),
    "approvals.survivor_is_victim": gettext_noop("A customer cannot be merged with themselves."),
    "approvals.survivor_merged": gettext_noop(
        "The survivor is merged into customer {survivor_id}."
    ),
    "approvals.survivor_pending": gettext_noop("A merge of the survivor is already pending."),
    "approvals.target_unknown": gettext_noop("There is no customer with this id."),
    "approvals.value_too_long": gettext_noop("A text is too long, or has invalid characters."),
    "approvals.victim_merged": gettext_noop("The customer is merged into another customer."),
    "approvals.victim_pending": gettext_noop("A merge of this customer is already pending."),
    "customers.identifier_not_held": gettext_noop("The customer no longer has the old value."),
    "customers.identifier_taken": gettext_noop("Customer {customer_id} now has this value."),
    "customers.reason_missing": gettext_noop("Enter a reason."),
    "loyalty.transaction_ambiguous": gettext_noop(
        "Several transactions have this number. Use the id."
    ),
}
NO_VALUE = gettext_noop("(none)")  # the same text as in previews


def describe_refusal(refusal: DomainError) -> str:
    """Return the sentence for a refusal."""
    return describe_failure(refusal.code, refusal.facts)


def describe_failure(code: str, facts: Mapping[str, Any]) -> str:
    """Return the sentence for a stored failure: a refusal's code and facts."""
    formatted_facts = {name: _format_fact(fact) for name, fact in facts.items()}
    if sentence := SENTENCES.get(code):
        return gettext(sentence).format_map(_FactsOrBlank(formatted_facts))
    return gettext("Not done: {reason}.").format(reason=code.partition(".")[2].replace("_", " "))


def describe_change(request: Request) -> tuple[str, str]:
    """Return the requested change as texts before and after. Before may be blank."""
    kind, other = Request.Kind, request.other_customer_id
    if request.kind == kind.POINTS and request.points is not None:
        return "", gettext("{points} points").format(points=format_amount(request.points))
    if request.kind == kind.MERGE:
        return "", gettext("into customer {other}").format(other=other)
    if request.kind == kind.MERGE_UNDO:
        return "", gettext("from customer {other}").format(other=other)
    if request.kind == kind.MOBILE_REALLOC:
        return (
            gettext("customer {other}").format(other=other) if other else "",
            request.new_value or request.old_value,
        )
    if request.new_value:
        return request.old_value or gettext(NO_VALUE), request.new_value
    return "", format_value(request.payload) if request.payload else ""


def format_age(since: datetime, now: datetime) -> str:
    """Format the time since ``since``, in the largest unit that fits."""
    age = max(now - since, timedelta())
    if days := age // timedelta(days=1):
        return ngettext("{count} day", "{count} days", days).format(count=format_count(days))
    if hours := age // timedelta(hours=1):
        return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
    if minutes := age // timedelta(minutes=1):
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    return gettext("just now")


def _format_fact(fact: Any) -> str:
    if isinstance(fact, datetime):
        return date_format(fact, "COLUMN_DATETIME_FORMAT")
    if isinstance(fact, list | tuple):
        return " ".join(map(translate_text, fact))
    return translate_text(str(fact) if not isinstance(fact, str) else fact)


class _FactsOrBlank(dict[str, str]):
    """Facts by name; a missing one is blank in its sentence."""

    def __missing__(self, name: str) -> str:
        return ""
