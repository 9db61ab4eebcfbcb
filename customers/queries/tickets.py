"""Reading tickets (v1.1, "Retrieve Ticket Details")."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.kernel.org_cache import forget, get_or_load
from customers import errors
from customers.models import Ticket, TicketReply
from customers.rules.tickets import (
    CLOSED_STATUSES,
    PRIORITIES,
    REPORTED_FROM,
    STATUSES,
    TYPES,
    clean_code,
    clean_department,
    parse_choice,
)

MAX_TICKETS = 1_000
MAX_REPLIES = 500
_DEPARTMENTS = "ticket_departments"
_CHOICES = {
    "status": STATUSES,
    "priority": PRIORITIES,
    "type": TYPES,
    "reported_from": REPORTED_FROM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """A filter for tickets; blank means any. Choices in any case, both times inclusive."""

    status: str = ""
    priority: str = ""
    department: str = ""
    code: str = ""
    type: str = ""
    reported_from: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as it is shown; ``assigned_to`` and ``created_by`` are names."""

    id: int
    customer_id: int
    code: str
    status: str
    priority: str
    department: str
    subject: str
    message: str
    type: str
    reported_from: str
    custom_fields: Mapping[str, Any]
    assigned_to: str
    created_by: str
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class ReplyView:
    message: str
    written_by: str
    written_at: datetime


def list_tickets(
    *,
    org_id: int,
    customer_ids: Collection[int],
    ticket_filter: TicketFilter | None = None,
    limit: int = MAX_TICKETS,
) -> dict[int, list[TicketView]]:
    """Return the tickets of each customer, newest first, at most a thousand in all; one query.

    Raises:
        TicketFilterInvalid: a value of the filter is not valid.
    """
    rows = Ticket.objects.filter(org_id=org_id, customer_id__in=customer_ids)
    rows = rows.filter(**_build_conditions(ticket_filter or TicketFilter()))
    tickets_by_customer: dict[int, list[TicketView]] = {pk: [] for pk in customer_ids}
    for row in rows.select_related("assigned_to", "created_by").order_by("-id")[:limit]:
        tickets_by_customer[row.customer_id].append(_build_view(row))
    return tickets_by_customer


def list_assigned_tickets(*, org_id: int, assigned_to_id: int, limit: int) -> list[TicketView]:
    """Return the open tickets assigned to an entity, newest first; one query."""
    rows = Ticket.objects.filter(org_id=org_id, assigned_to_id=assigned_to_id)
    rows = rows.exclude(status__in=CLOSED_STATUSES).select_related("assigned_to", "created_by")
    return [_build_view(row) for row in rows.order_by("-id")[:limit]]


def find_customer_ticket(*, org_id: int, customer_id: int, code: str) -> TicketView | None:
    """Return the customer's ticket with this code, or None."""
    rows = Ticket.objects.filter(org_id=org_id, customer_id=customer_id, code=code)
    row = rows.select_related("assigned_to", "created_by").first()
    return None if row is None else _build_view(row)


def find_ticket_ids(*, org_id: int, code: str) -> list[int]:
    """Return the ids of tickets with this code, as typed or in lower case; at most two."""
    rows = Ticket.objects.filter(org_id=org_id, code__in={code, code.lower()})
    return list(rows.values_list("pk", flat=True)[:2])


def list_replies(*, ticket_id: int, limit: int = MAX_REPLIES) -> list[ReplyView]:
    """Return the replies to a ticket, oldest first; the newest ones up to the limit."""
    rows = TicketReply.objects.filter(ticket_id=ticket_id).select_related("written_by")
    return [
        ReplyView(
            row.message, str(row.written_by) if row.written_by else "The system", row.written_at
        )
        for row in reversed(rows.order_by("-id")[:limit])
    ]


def list_departments(*, org_id: int) -> list[str]:
    """Return the departments of the organization's tickets by name; cached."""
    return get_or_load(_DEPARTMENTS, org_id, lambda: _load_departments(org_id))


def forget_departments(org_id: int) -> None:
    """Clear the cached departments, so that a new one is offered at once."""
    forget(_DEPARTMENTS, org_id)


def _load_departments(org_id: int) -> list[str]:
    # Jumps from name to name in the index: there are many tickets but few names.
    names: list[str] = []
    rows = Ticket.objects.filter(org_id=org_id).order_by("department")
    last = ""
    while name := rows.filter(department__gt=last).values_list("department", flat=True).first():
        names.append(name)
        last = name
        if len(names) == 100:
            break
    return names


def _build_conditions(ticket_filter: TicketFilter) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    try:
        for name, choices in _CHOICES.items():
            if value := getattr(ticket_filter, name).strip():
                conditions[name] = parse_choice(value, choices, name)
        if ticket_filter.department.strip():
            conditions["department"] = clean_department(ticket_filter.department)
        if ticket_filter.code.strip():
            conditions["code"] = clean_code(ticket_filter.code)
    except errors.TicketInvalid as refusal:
        raise errors.TicketFilterInvalid(**refusal.facts) from refusal
    if ticket_filter.since is not None:
        conditions["created_at__gte"] = ticket_filter.since
    if ticket_filter.until is not None:
        conditions["created_at__lte"] = ticket_filter.until
    return conditions


def _build_view(row: Ticket) -> TicketView:
    return TicketView(
        id=row.pk,
        customer_id=row.customer_id,
        code=row.code,
        status=row.status,
        priority=row.priority,
        department=row.department,
        subject=row.subject,
        message=row.message,
        type=row.type,
        reported_from=row.reported_from,
        custom_fields=row.custom_fields,
        assigned_to=str(row.assigned_to) if row.assigned_to else "",
        created_by=str(row.created_by) if row.created_by else "",
        created_at=row.created_at,
        modified_at=row.modified_at,
    )


def find_tickets_by_code(*, org_id: int, codes: Collection[str]) -> dict[str, Ticket]:
    """Return the tickets with these codes; one query, none without codes."""
    if not codes:
        return {}
    return {row.code: row for row in Ticket.objects.filter(org_id=org_id, code__in=codes)}
