"""Tickets: their choices and limits."""

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from customers import errors
from customers.rules.text import fold_name, is_writable

STATUSES = ("OPEN", "IN_PROGRESS", "ON_HOLD", "RESOLVED", "CLOSED")
# In these statuses the ticket is closed, and the customer may open one with the same subject.
CLOSED_STATUSES = frozenset({"RESOLVED", "CLOSED"})
PRIORITIES = ("LOW", "MEDIUM", "HIGH")
TYPES = ("STORE", "CUSTOMER")
REPORTED_FROM = ("EMAIL", "INTOUCH", "CALLCENTER", "CLIENT", "MICROSITE", "SOCIAL")

MAX_SUBJECT_LENGTH = 255
MAX_MESSAGE_LENGTH = 5_000
MAX_DEPARTMENT_LENGTH = 60
MAX_KEY_LENGTH = 300

# Without letters and digits that look alike: codes are read out on the phone.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 12
_CODE = re.compile(r"[A-Za-z0-9._-]{1,30}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A ticket to open; choices may be in any case.

    ``code`` is the caller's own; without one, a random code is generated. ``reference``
    identifies a form that may be sent twice.
    """

    customer_id: int
    subject: str
    message: str = ""
    status: str = "OPEN"
    priority: str = "MEDIUM"
    department: str = ""
    type: str = "CUSTOMER"
    reported_from: str = "CLIENT"
    code: str = ""
    assigned_to_id: int | None = None
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""


def clean_ticket(ticket: NewTicket) -> NewTicket:
    """Return the ticket with trimmed texts and stored choices.

    Raises:
        TicketSubjectMissing: there is no subject.
        TicketInvalid: a choice is unknown, or a text is too long or cannot be stored.
    """
    subject = " ".join(ticket.subject.split())
    if not subject:
        raise errors.TicketSubjectMissing()
    return replace(
        ticket,
        subject=clean_text(subject, MAX_SUBJECT_LENGTH, "subject"),
        message=clean_text(ticket.message, MAX_MESSAGE_LENGTH, "message"),
        status=parse_choice(ticket.status, STATUSES, "status"),
        priority=parse_choice(ticket.priority, PRIORITIES, "priority"),
        department=clean_department(ticket.department),
        type=parse_choice(ticket.type, TYPES, "type"),
        reported_from=parse_choice(ticket.reported_from, REPORTED_FROM, "reported_from"),
        code=clean_code(ticket.code),
    )


def parse_choice(raw: str, choices: Collection[str], field_name: str) -> str:
    """Return the choice as it is stored; case, spaces and dashes do not matter."""
    choice = re.sub(r"[\s-]+", "_", raw.strip()).upper()
    if choice not in choices:
        raise errors.TicketInvalid(field=field_name)
    return choice


def clean_text(raw: str, max_length: int, field_name: str) -> str:
    text = raw.strip()
    if len(text) > max_length or not is_writable(text):
        raise errors.TicketInvalid(field=field_name)
    return text


def clean_department(raw: str) -> str:
    """Return the department in capitals. There is no fixed list of departments."""
    department = clean_text(" ".join(raw.split()).upper(), MAX_DEPARTMENT_LENGTH, "department")
    if not department.isprintable():
        raise errors.TicketInvalid(field="department")
    return department


def clean_code(raw: str) -> str:
    """Return the trimmed code of a ticket; it may be blank."""
    code = raw.strip()
    if code and not _CODE.fullmatch(code):
        raise errors.TicketInvalid(field="ticket_code")
    return code


def build_subject_key(subject: str) -> str:
    """Return the key by which subjects are compared; case and spaces do not matter."""
    key = " ".join(fold_name(subject).split())
    # Folding can make text longer.
    return key if len(key) <= MAX_KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()


def generate_code() -> str:
    """Return a random code of nearly sixty bits that cannot be guessed."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
