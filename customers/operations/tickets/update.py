"""Changing tickets: replies, assignee, status and other fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.entities import get_entity_names
from customers import errors, notices
from customers.models import FieldDefinition, Ticket, TicketReply
from customers.operations.customers.lock import lock_customers
from customers.operations.tickets.open import check_assignee, check_subject_is_free
from customers.queries.fields import get_field_rules
from customers.queries.tickets import forget_departments, list_departments
from customers.rules.customer_update import merge_fields
from customers.rules.registration import check_fields
from customers.rules.tickets import (
    CLOSED_STATUSES,
    MAX_MESSAGE_LENGTH,
    PRIORITIES,
    REPORTED_FROM,
    STATUSES,
    TYPES,
    build_subject_key,
    clean_department,
    clean_text,
    parse_choice,
)

UNASSIGNED = 0
_CHOICES = {
    "status": STATUSES,
    "priority": PRIORITIES,
    "type": TYPES,
    "reported_from": REPORTED_FROM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChange:
    """New values of a ticket; None leaves a value as it is. ``assigned_to_id`` 0 unassigns it.

    ``seen_at`` is the time of the last change that the caller has seen.
    """

    ticket_id: int
    status: str | None = None
    priority: str | None = None
    type: str | None = None
    reported_from: str | None = None
    department: str | None = None
    assigned_to_id: int | None = None
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    seen_at: datetime | None = None


@dataclass(slots=True)
class TicketChangeResult:
    """The result of a change; ``before`` and ``after`` contain only what differs."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)


@dataclass(slots=True)
class ReplyResult:
    """The written reply; ``is_repeat`` is set if the same form wrote it before."""

    reply_id: int
    is_repeat: bool = False


@within_unit_of_work
def change_ticket(*, origin: Origin, change: TicketChange) -> TicketChangeResult:
    """Change the status, priority, department, assignee or other fields of a ticket.

    A resolved or closed ticket releases its subject; reopening claims it again.

    Raises:
        TicketUnknown: the organization has no such ticket.
        TicketChangedMeanwhile: the ticket was changed after ``seen_at``.
        TicketInvalid: a choice is unknown.
        TicketAssigneeUnknown: the assignee is not an active staff member.
        TicketSubjectTaken: a reopened ticket has the subject of another open one.
    """
    ticket = _lock_ticket(origin, change.ticket_id)
    outcome = TicketChangeResult()
    new = _build_new_values(origin, ticket, change, outcome)
    for name, value in new.items():
        if (old := getattr(ticket, name)) != value:
            outcome.before[name], outcome.after[name] = old, value
    if not outcome.after:
        return outcome
    if change.seen_at is not None and change.seen_at != ticket.modified_at:
        raise errors.TicketChangedMeanwhile(ticket=ticket.code)
    if "status" in outcome.after:
        new["subject_key"] = _claim_subject(origin, ticket, new["status"])
    Ticket.objects.filter(pk=ticket.pk).update(
        **new, modified_by_id=origin.actor_id, modified_at=origin.at
    )
    before, after = (
        _describe_changes(origin, outcome.before),
        _describe_changes(origin, outcome.after),
    )
    _record_event(origin, ticket, "ticket.changed", before, after)
    department = outcome.after.get("department")
    if department and department not in list_departments(org_id=origin.org.pk):
        forget_departments(origin.org.pk)
    return outcome


@within_unit_of_work
def answer_ticket(
    *, origin: Origin, ticket_id: int, message: str, reference: str = ""
) -> ReplyResult:
    """Add a reply to a ticket in any status; the status does not change.

    Raises:
        TicketUnknown: the organization has no such ticket.
        TicketInvalid: the message is empty or not valid.
    """
    message = clean_text(message, MAX_MESSAGE_LENGTH, "message")
    if not message:
        raise errors.TicketInvalid(field="message")
    ticket = _lock_ticket(origin, ticket_id)
    # Ordered like the index: by the primary key, the planner might scan the whole table.
    earlier_replies = ticket.replies.filter(reference=reference).order_by("ticket_id", "reference")
    if reference and (row := earlier_replies.first()):
        return ReplyResult(row.pk, is_repeat=True)
    reply = TicketReply.objects.create(
        ticket=ticket,
        message=message,
        written_by_id=origin.actor_id,
        written_at=origin.at,
        reference=reference,
    )
    Ticket.objects.filter(pk=ticket.pk).update(
        modified_by_id=origin.actor_id, modified_at=origin.at
    )
    _record_event(origin, ticket, "ticket.answered", None, {"message": message})
    return ReplyResult(reply.pk)


def _lock_ticket(origin: Origin, ticket_id: int) -> Ticket:
    """Lock the ticket's customer, as every write does, and then the ticket."""
    rows = Ticket.objects.filter(pk=ticket_id, org_id=origin.org.pk)
    customer_id = rows.values_list("customer_id", flat=True).first()
    while customer_id is not None:
        lock_customers([customer_id])
        ticket = rows.select_for_update().get()
        if ticket.customer_id == customer_id:
            return ticket
        # Merged meanwhile: the ticket belongs to the survivor now.
        customer_id = ticket.customer_id
    raise errors.TicketUnknown(ticket=ticket_id)


def _build_new_values(
    origin: Origin, ticket: Ticket, change: TicketChange, outcome: TicketChangeResult
) -> dict[str, Any]:
    new: dict[str, Any] = {
        name: parse_choice(value, choices, name)
        for name, choices in _CHOICES.items()
        if (value := getattr(change, name)) is not None
    }
    if change.department is not None:
        new["department"] = clean_department(change.department)
    if change.assigned_to_id is not None:
        new["assigned_to_id"] = change.assigned_to_id or None
        if new["assigned_to_id"] != ticket.assigned_to_id:
            check_assignee(origin, new["assigned_to_id"])
    if change.custom_fields:
        rules = get_field_rules(
            org_id=origin.org.pk,
            kind=FieldDefinition.Kind.CUSTOM,
            scope=FieldDefinition.Scope.TICKET,
        )
        value = check_fields(
            change.custom_fields,
            rules,
            origin.org.zone,
            notices.FIELD_INVALID,
            outcome.notices,
        )
        new["custom_fields"] = merge_fields(ticket.custom_fields, value)
    return new


def _claim_subject(origin: Origin, ticket: Ticket, status: str) -> str:
    """Return the subject key of the ticket in its new status."""
    if status in CLOSED_STATUSES:
        return ""
    if ticket.status not in CLOSED_STATUSES:
        return ticket.subject_key
    key = build_subject_key(ticket.subject)
    check_subject_is_free(origin, ticket.customer_id, key, except_id=ticket.pk)
    return key


def _describe_changes(origin: Origin, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changed values as the audit stores them, with names instead of ids."""
    described = dict(values)
    if "assigned_to_id" in described:
        entity_id = described.pop("assigned_to_id")
        names = get_entity_names(org_id=origin.org.pk, entity_ids={entity_id} - {None})
        described["assigned_to"] = names.get(entity_id)
    return described


def _record_event(
    origin: Origin,
    ticket: Ticket,
    kind: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    record_events(origin=origin, events=[NewEvent(kind, "ticket", ticket.pk, before, after)])
