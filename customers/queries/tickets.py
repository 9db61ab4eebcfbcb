"""Reading tickets (v1.1, "Retrieve Ticket Details")."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.kernel.org_cache import forget, get_or_load
from customers import service_errors
from customers.models import Ticket, TicketReply
from customers.rules.tickets import (
    OVER,
    PRIORITIES,
    REPORTED_FROM,
    STATUSES,
    TYPES,
    clean_code,
    clean_department,
    read_word,
)

MOST = 1_000
MOST_REPLIES = 500
_DEPARTMENTS = "ticket_departments"
_WORDS = {
    "status": STATUSES,
    "priority": PRIORITIES,
    "type": TYPES,
    "reported_from": REPORTED_FROM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """Which tickets are meant; blanks mean any. Words in any case, both days included."""

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
    """A ticket as it is shown; people and places by their names."""

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
    asked: TicketFilter | None = None,
    limit: int = MOST,
) -> dict[int, list[TicketView]]:
    """The tickets of each of these customers, newest first, a thousand in all at most; one query.

    Raises:
        TicketFilterInvalid: a word is none of the known ones.
    """
    rows = Ticket.objects.filter(org_id=org_id, customer_id__in=customer_ids)
    rows = rows.filter(**_conditions(asked or TicketFilter()))
    listed: dict[int, list[TicketView]] = {pk: [] for pk in customer_ids}
    for row in rows.select_related("assigned_to", "created_by").order_by("-id")[:limit]:
        listed[row.customer_id].append(_view(row))
    return listed


def list_waiting_tickets(*, org_id: int, assigned_to_id: int, limit: int) -> list[TicketView]:
    """What somebody has to take care of and is not over, newest first; one query."""
    rows = Ticket.objects.filter(org_id=org_id, assigned_to_id=assigned_to_id)
    rows = rows.exclude(status__in=OVER).select_related("assigned_to", "created_by")
    return [_view(row) for row in rows.order_by("-id")[:limit]]


def find_ticket_of(*, org_id: int, customer_id: int, code: str) -> TicketView | None:
    """The customer's ticket of this code."""
    rows = Ticket.objects.filter(org_id=org_id, customer_id=customer_id, code=code)
    row = rows.select_related("assigned_to", "created_by").first()
    return None if row is None else _view(row)


def find_ticket_ids(*, org_id: int, code: str) -> list[int]:
    """The organization's ticket of this code, as typed or in small letters."""
    rows = Ticket.objects.filter(org_id=org_id, code__in={code, code.lower()})
    return list(rows.values_list("pk", flat=True)[:2])


def list_replies(*, ticket_id: int, limit: int = MOST_REPLIES) -> list[ReplyView]:
    """What was answered to a ticket, oldest first; the newest hundreds."""
    rows = TicketReply.objects.filter(ticket_id=ticket_id).select_related("written_by")
    return [
        ReplyView(
            row.message, str(row.written_by) if row.written_by else "The system", row.written_at
        )
        for row in reversed(rows.order_by("-id")[:limit])
    ]


def list_departments(*, org_id: int) -> list[str]:
    """The departments that tickets were given to, by name; remembered for a while."""
    return get_or_load(_DEPARTMENTS, org_id, lambda: _load_departments(org_id))


def forget_departments(org_id: int) -> None:
    """Let a new department be offered at once."""
    forget(_DEPARTMENTS, org_id)


def _load_departments(org_id: int) -> list[str]:
    # From one name to the next in the index, as the tickets are many and the names are few.
    names: list[str] = []
    rows = Ticket.objects.filter(org_id=org_id).order_by("department")
    last = ""
    while name := rows.filter(department__gt=last).values_list("department", flat=True).first():
        names.append(name)
        last = name
        if len(names) == 100:
            break
    return names


def _conditions(asked: TicketFilter) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    try:
        for name, words in _WORDS.items():
            if given := getattr(asked, name).strip():
                conditions[name] = read_word(given, words, name)
        if asked.department.strip():
            conditions["department"] = clean_department(asked.department)
        if asked.code.strip():
            conditions["code"] = clean_code(asked.code)
    except service_errors.TicketInvalid as refusal:
        raise service_errors.TicketFilterInvalid(**refusal.facts) from refusal
    if asked.since is not None:
        conditions["created_at__gte"] = asked.since
    if asked.until is not None:
        conditions["created_at__lte"] = asked.until
    return conditions


def _view(row: Ticket) -> TicketView:
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
