"""Tickets: the words they are told apart by, and what can be kept of them."""

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from customers import service_errors
from customers.rules.text import folded, is_writable

STATUSES = ("OPEN", "IN_PROGRESS", "ON_HOLD", "RESOLVED", "CLOSED")
# In these a ticket is over, and the customer may come back with the same subject.
OVER = frozenset({"RESOLVED", "CLOSED"})
PRIORITIES = ("LOW", "MEDIUM", "HIGH")
TYPES = ("STORE", "CUSTOMER")
REPORTED_FROM = ("EMAIL", "INTOUCH", "CALLCENTER", "CLIENT", "MICROSITE", "SOCIAL")

LONGEST_SUBJECT = 255
LONGEST_MESSAGE = 5_000
LONGEST_DEPARTMENT = 60
LONGEST_KEY = 300

# Without letters and digits that are taken for one another: codes are read out on the telephone.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 12
_CODE = re.compile(r"[A-Za-z0-9._-]{1,30}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A matter as it is reported; words in any case.

    ``code`` is the caller's own; without one, a code is drawn that nobody can guess.
    ``reference`` is the key of a form that counts once.
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


def clean_ticket(given: NewTicket) -> NewTicket:
    """Trim a ticket and read its words.

    Raises:
        TicketSubjectMissing: there is no subject.
        TicketInvalid: a word is none of the known ones, or a text is too long or unwritable.
    """
    subject = " ".join(given.subject.split())
    if not subject:
        raise service_errors.TicketSubjectMissing()
    return replace(
        given,
        subject=clean_text(subject, LONGEST_SUBJECT, "subject"),
        message=clean_text(given.message, LONGEST_MESSAGE, "message"),
        status=read_word(given.status, STATUSES, "status"),
        priority=read_word(given.priority, PRIORITIES, "priority"),
        department=clean_department(given.department),
        type=read_word(given.type, TYPES, "type"),
        reported_from=read_word(given.reported_from, REPORTED_FROM, "reported_from"),
        code=clean_code(given.code),
    )


def read_word(raw: str, words: Collection[str], name: str) -> str:
    """The word as it is stored: case, blanks and dashes are not told apart."""
    word = re.sub(r"[\s-]+", "_", raw.strip()).upper()
    if word not in words:
        raise service_errors.TicketInvalid(field=name)
    return word


def clean_text(raw: str, longest: int, name: str) -> str:
    text = raw.strip()
    if len(text) > longest or not is_writable(text):
        raise service_errors.TicketInvalid(field=name)
    return text


def clean_department(raw: str) -> str:
    """Departments are names in capitals; there is no list of them."""
    department = clean_text(" ".join(raw.split()).upper(), LONGEST_DEPARTMENT, "department")
    if not department.isprintable():
        raise service_errors.TicketInvalid(field="department")
    return department


def clean_code(raw: str) -> str:
    """A ticket's code as it is stored; blank where none was given."""
    code = raw.strip()
    if code and not _CODE.fullmatch(code):
        raise service_errors.TicketInvalid(field="ticket_code")
    return code


def subject_key(subject: str) -> str:
    """What makes two subjects the same: case and blanks do not tell them apart."""
    key = " ".join(folded(subject).split())
    # Some letters grow when they are folded.
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def draw_code() -> str:
    """A code from a source that cannot be predicted: nearly sixty bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
