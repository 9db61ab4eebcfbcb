"""Ticket reports of other programs: they open a ticket, or update one by its code."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.operations.customers.lock import lock_active_customer
from customers.operations.tickets.open import open_ticket
from customers.operations.tickets.update import TicketChange, answer_ticket, change_ticket
from customers.queries.tickets import TicketView, find_customer_ticket
from customers.rules.tickets import (
    MAX_MESSAGE_LENGTH,
    MAX_SUBJECT_LENGTH,
    NewTicket,
    build_subject_key,
    clean_code,
    clean_text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReport:
    """A ticket as another program reports it; None means not given."""

    customer_id: int
    code: str = ""
    subject: str = ""
    message: str = ""
    status: str | None = None
    priority: str | None = None
    department: str | None = None
    type: str | None = None
    reported_from: str | None = None
    custom_fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ReportResult:
    """The ticket after the report."""

    ticket: TicketView
    is_new: bool
    notices: list[Notice]


@within_unit_of_work
def report_ticket(*, origin: Origin, report: TicketReport) -> ReportResult:
    """Open a ticket, or update the customer's ticket with this code.

    A known ticket gets the reported values, and a new message becomes a reply. The same report
    sent again changes nothing. Defaults of a new ticket are OPEN, MEDIUM, CUSTOMER and CLIENT.

    Raises what ``open_ticket`` and ``change_ticket`` raise, and
        TicketCodeTaken: the ticket with this code has another subject.
    """
    lock_active_customer(origin=origin, customer_id=report.customer_id)
    code = clean_code(report.code)
    lookup = {"org_id": origin.org.pk, "customer_id": report.customer_id}
    known = find_customer_ticket(**lookup, code=code) if code else None
    if known is None:
        code, ticket_notices = _open_new_ticket(origin, report)
    else:
        ticket_notices = _update_known_ticket(origin, known, report)
    ticket = find_customer_ticket(**lookup, code=code)
    if ticket is None:
        raise errors.TicketUnknown(ticket=code)
    return ReportResult(ticket, known is None, ticket_notices)


def _open_new_ticket(origin: Origin, report: TicketReport) -> tuple[str, list[Notice]]:
    values = {
        name: value
        for name in ("status", "priority", "department", "type", "reported_from")
        if (value := getattr(report, name)) is not None
    }
    result = open_ticket(
        origin=origin,
        ticket=NewTicket(
            customer_id=report.customer_id,
            code=report.code,
            subject=report.subject,
            message=report.message,
            custom_fields=report.custom_fields,
            **values,
        ),
    )
    return result.code, result.notices


def _update_known_ticket(origin: Origin, known: TicketView, report: TicketReport) -> list[Notice]:
    subject = clean_text(report.subject, MAX_SUBJECT_LENGTH, "subject")
    if subject and build_subject_key(subject) != build_subject_key(known.subject):
        raise errors.TicketCodeTaken(ticket=known.code)
    message = clean_text(report.message, MAX_MESSAGE_LENGTH, "message")
    if message and message != known.message:
        digest = hashlib.sha256(message.encode()).hexdigest()[:40]
        answer_ticket(
            origin=origin, ticket_id=known.id, message=message, reference=f"said:{digest}"
        )
    result = change_ticket(
        origin=origin,
        change=TicketChange(
            ticket_id=known.id,
            status=report.status,
            priority=report.priority,
            type=report.type,
            reported_from=report.reported_from,
            department=report.department,
            custom_fields=report.custom_fields,
        ),
    )
    return result.notices
