"""Taking in what other programs report: a new ticket, or news of one that they know by its code."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import service_errors
from customers.operations.customers.lock_active import lock_standing_customer
from customers.operations.tickets.open import open_ticket
from customers.operations.tickets.update import TicketChange, answer_ticket, change_ticket
from customers.queries.tickets import TicketView, find_ticket_of
from customers.rules.tickets import (
    LONGEST_MESSAGE,
    LONGEST_SUBJECT,
    NewTicket,
    clean_code,
    clean_text,
    subject_key,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReport:
    """A matter as another program tells of it; None was not said."""

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
class Reported:
    """The ticket as it stands now."""

    ticket: TicketView
    is_new: bool
    notices: list[Notice]


@within_unit_of_work
def report_ticket(*, origin: Origin, report: TicketReport) -> Reported:
    """Open a ticket; or, by the code of one that the customer has, bring it up to date.

    A known ticket takes what is said of it, and a message that it does not have yet becomes an
    answer under it: the same report sent again changes nothing. What is not said of a new one is
    OPEN, MEDIUM, CUSTOMER and CLIENT.

    Raises what ``open_ticket`` and ``change_ticket`` refuse, and
        TicketCodeTaken: the code is of a ticket about something else.
    """
    lock_standing_customer(origin=origin, customer_id=report.customer_id)
    code = clean_code(report.code)
    mine = {"org_id": origin.org.pk, "customer_id": report.customer_id}
    known = find_ticket_of(**mine, code=code) if code else None
    if known is None:
        code, noticed = _open(origin, report)
    else:
        noticed = _bring_up_to_date(origin, known, report)
    ticket = find_ticket_of(**mine, code=code)
    if ticket is None:
        raise service_errors.TicketUnknown(ticket=code)
    return Reported(ticket, known is None, noticed)


def _open(origin: Origin, report: TicketReport) -> tuple[str, list[Notice]]:
    said = {
        name: value
        for name in ("status", "priority", "department", "type", "reported_from")
        if (value := getattr(report, name)) is not None
    }
    opened = open_ticket(
        origin=origin,
        ticket=NewTicket(
            customer_id=report.customer_id,
            code=report.code,
            subject=report.subject,
            message=report.message,
            custom_fields=report.custom_fields,
            **said,
        ),
    )
    return opened.code, opened.notices


def _bring_up_to_date(origin: Origin, known: TicketView, report: TicketReport) -> list[Notice]:
    subject = clean_text(report.subject, LONGEST_SUBJECT, "subject")
    if subject and subject_key(subject) != subject_key(known.subject):
        raise service_errors.TicketCodeTaken(ticket=known.code)
    message = clean_text(report.message, LONGEST_MESSAGE, "message")
    if message and message != known.message:
        digest = hashlib.sha256(message.encode()).hexdigest()[:40]
        answer_ticket(
            origin=origin, ticket_id=known.id, message=message, reference=f"said:{digest}"
        )
    changed = change_ticket(
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
    return changed.notices
