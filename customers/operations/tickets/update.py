"""What becomes of tickets: answers, other hands, other states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.entities import get_entity_names
from customers import notices, service_errors
from customers.models import FieldDefinition, Ticket, TicketReply
from customers.operations.customers.lock import lock_customers
from customers.operations.tickets.open import check_assignee, refuse_taken_subject
from customers.queries.fields import get_field_rules
from customers.queries.tickets import forget_departments, list_departments
from customers.rules.customer_update import merged_fields
from customers.rules.registration import checked_fields
from customers.rules.tickets import (
    LONGEST_MESSAGE,
    OVER,
    PRIORITIES,
    REPORTED_FROM,
    STATUSES,
    TYPES,
    clean_department,
    clean_text,
    read_word,
    subject_key,
)

NOBODY = 0
_WORDS = {
    "status": STATUSES,
    "priority": PRIORITIES,
    "type": TYPES,
    "reported_from": REPORTED_FROM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChange:
    """What a ticket is to be; None stays as it is. ``assigned_to_id`` 0 takes it from everybody.

    ``seen_at`` is when the ticket was changed last, as far as whoever asks for this has seen.
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
class Changed:
    """``before`` and ``after`` hold only what differs; nothing does where both are empty."""

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)


@dataclass(slots=True)
class Answered:
    """The reply; ``is_repeat``: it was written before, by the same form."""

    reply_id: int
    is_repeat: bool = False


@within_unit_of_work
def change_ticket(*, origin: Origin, change: TicketChange) -> Changed:
    """Give a ticket another status, priority, department or assignee.

    A ticket that is resolved or closed frees its subject; opened again, it claims it anew.

    Raises:
        TicketUnknown: the organization has no such ticket.
        TicketChangedMeanwhile: somebody was faster than whoever asks for this.
        TicketInvalid: a word is none of the known ones.
        TicketAssigneeUnknown: it is to be somebody's who is no active member of staff.
        TicketSubjectTaken: it was over, and meanwhile the customer has another of its subject.
    """
    ticket = _lock(origin, change.ticket_id)
    outcome = Changed()
    new = _wanted(origin, ticket, change, outcome)
    for name, value in new.items():
        if (old := getattr(ticket, name)) != value:
            outcome.before[name], outcome.after[name] = old, value
    if not outcome.after:
        return outcome
    if change.seen_at is not None and change.seen_at != ticket.modified_at:
        raise service_errors.TicketChangedMeanwhile(ticket=ticket.code)
    if "status" in outcome.after:
        new["subject_key"] = _claim(origin, ticket, new["status"])
    Ticket.objects.filter(pk=ticket.pk).update(
        **new, modified_by_id=origin.actor_id, modified_at=origin.at
    )
    before, after = _told(origin, outcome.before), _told(origin, outcome.after)
    _tell(origin, ticket, "ticket.changed", before, after)
    department = outcome.after.get("department")
    if department and department not in list_departments(org_id=origin.org.pk):
        forget_departments(origin.org.pk)
    return outcome


@within_unit_of_work
def answer_ticket(*, origin: Origin, ticket_id: int, message: str, reference: str = "") -> Answered:
    """Write an answer under a ticket, whatever its status; the status stays.

    Raises:
        TicketUnknown: the organization has no such ticket.
        TicketInvalid: there is no message, or one that cannot be kept.
    """
    message = clean_text(message, LONGEST_MESSAGE, "message")
    if not message:
        raise service_errors.TicketInvalid(field="message")
    ticket = _lock(origin, ticket_id)
    # In the order of the index that finds it: by its key, the whole table might be walked.
    said = ticket.replies.filter(reference=reference).order_by("ticket_id", "reference")
    if reference and (row := said.first()):
        return Answered(row.pk, is_repeat=True)
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
    _tell(origin, ticket, "ticket.answered", None, {"message": message})
    return Answered(reply.pk)


def _lock(origin: Origin, ticket_id: int) -> Ticket:
    """Lock the ticket's customer, like every write on one, and then the ticket."""
    rows = Ticket.objects.filter(pk=ticket_id, org_id=origin.org.pk)
    customer_id = rows.values_list("customer_id", flat=True).first()
    while customer_id is not None:
        lock_customers([customer_id])
        ticket = rows.select_for_update().get()
        if ticket.customer_id == customer_id:
            return ticket
        # A merge was faster: the ticket is the survivor's now.
        customer_id = ticket.customer_id
    raise service_errors.TicketUnknown(ticket=ticket_id)


def _wanted(
    origin: Origin, ticket: Ticket, change: TicketChange, outcome: Changed
) -> dict[str, Any]:
    new: dict[str, Any] = {
        name: read_word(given, words, name)
        for name, words in _WORDS.items()
        if (given := getattr(change, name)) is not None
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
        given = checked_fields(
            change.custom_fields,
            rules,
            origin.org.zone,
            notices.FIELD_INVALID,
            outcome.notices,
        )
        new["custom_fields"] = merged_fields(ticket.custom_fields, given)
    return new


def _claim(origin: Origin, ticket: Ticket, status: str) -> str:
    """The ticket's claim on its subject in its new status."""
    if status in OVER:
        return ""
    if ticket.status not in OVER:
        return ticket.subject_key
    key = subject_key(ticket.subject)
    refuse_taken_subject(origin, ticket.customer_id, key, but=ticket.pk)
    return key


def _told(origin: Origin, values: Mapping[str, Any]) -> dict[str, Any]:
    """What changed as the audit tells of it: people by their names."""
    told = dict(values)
    if "assigned_to_id" in told:
        entity_id = told.pop("assigned_to_id")
        names = get_entity_names(org_id=origin.org.pk, entity_ids={entity_id} - {None})
        told["assigned_to"] = names.get(entity_id)
    return told


def _tell(
    origin: Origin,
    ticket: Ticket,
    kind: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    record_events(origin=origin, events=[NewEvent(kind, "ticket", ticket.pk, before, after)])
