"""Opening tickets (v1.1, "Create New Ticket")."""

from dataclasses import dataclass, field

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.entities import find_staff_entity, get_store_id
from customers import errors, notices
from customers.models import FieldDefinition, Ticket
from customers.operations.customers.lock import lock_active_customer
from customers.queries.fields import get_field_rules
from customers.queries.tickets import forget_departments, list_departments
from customers.rules.registration import check_fields, drop_cleared
from customers.rules.tickets import (
    CLOSED_STATUSES,
    NewTicket,
    build_subject_key,
    clean_ticket,
    generate_code,
)

COLUMNS = (
    "id", "org_id", "customer_id", "code", "subject", "subject_key", "message", "type",
    "reported_from", "custom_fields", "status", "priority", "department", "assigned_to_id",
    "store_id", "created_by_id", "created_at", "modified_by_id", "modified_at", "reference",
)  # fmt: skip


@dataclass(slots=True)
class OpenTicketResult:
    """The opened ticket; ``is_repeat`` is set if the same form opened it before."""

    ticket_id: int
    code: str
    is_repeat: bool = False
    notices: list[Notice] = field(default_factory=list)


@within_unit_of_work
def open_ticket(*, origin: Origin, ticket: NewTicket) -> OpenTicketResult:
    """Open a ticket of a customer, with a random code or one of the caller's own.

    Two open tickets of a customer cannot have the same subject; case and spaces do not matter.
    Unknown or invalid custom fields are left out with a notice (1017).

    Raises:
        CustomerUnknown, CustomerMerged: the customer does not exist or was merged.
        TicketSubjectMissing, TicketInvalid: a field is missing or not valid.
        TicketAssigneeUnknown: the assignee is not an active staff member.
        TicketSubjectTaken: the customer has an open ticket with this subject.
        TicketCodeTaken: another ticket of the organization has the code.
    """
    clean = clean_ticket(ticket)
    customer = lock_active_customer(origin=origin, customer_id=clean.customer_id)
    if earlier := _find_repeat(origin, clean):
        return OpenTicketResult(earlier.pk, earlier.code, is_repeat=True)
    check_assignee(origin, clean.assigned_to_id)
    key = "" if clean.status in CLOSED_STATUSES else build_subject_key(clean.subject)
    check_subject_is_free(origin, customer.pk, key)
    result = OpenTicketResult(0, clean.code or generate_code())
    rules = get_field_rules(
        org_id=origin.org.pk,
        kind=FieldDefinition.Kind.CUSTOM,
        scope=FieldDefinition.Scope.TICKET,
    )
    fields = drop_cleared(
        check_fields(
            clean.custom_fields,
            rules,
            origin.org.zone,
            notices.FIELD_INVALID,
            result.notices,
        )
    )
    [result.ticket_id] = take_ids(Ticket, 1)
    row = (
        result.ticket_id, origin.org.pk, customer.pk, result.code, clean.subject, key,
        clean.message, clean.type, clean.reported_from, fields, clean.status, clean.priority,
        clean.department, clean.assigned_to_id,
        get_store_id(org_id=origin.org.pk, entity_id=origin.actor_id),
        origin.actor_id, origin.at, origin.actor_id, origin.at, clean.reference,
    )  # fmt: skip
    if not insert_unless_taken(Ticket, COLUMNS, [row]):
        # Another unit took the code, or the same form was sent for another customer.
        if earlier := _find_repeat(origin, clean):
            return OpenTicketResult(earlier.pk, earlier.code, is_repeat=True)
        raise errors.TicketCodeTaken(ticket=result.code)
    _record_events(origin, result, clean)
    if clean.department and clean.department not in list_departments(org_id=origin.org.pk):
        forget_departments(origin.org.pk)
    return result


def _find_repeat(origin: Origin, ticket: NewTicket) -> Ticket | None:
    if not ticket.reference:
        return None
    tickets = Ticket.objects.filter(org_id=origin.org.pk, reference=ticket.reference)
    return tickets.order_by("org_id", "reference").first()


def check_assignee(origin: Origin, entity_id: int | None) -> None:
    """Raise TicketAssigneeUnknown unless this is an active staff member of the organization."""
    if entity_id is None:
        return
    if find_staff_entity(org_id=origin.org.pk, entity_id=entity_id) is None:
        raise errors.TicketAssigneeUnknown()


def check_subject_is_free(
    origin: Origin, customer_id: int, key: str, *, except_id: int | None = None
) -> None:
    """Raise TicketSubjectTaken if another open ticket of the locked customer has the subject."""
    if not key:
        return
    holders = Ticket.objects.filter(
        org_id=origin.org.pk, customer_id=customer_id, subject_key=key
    ).exclude(pk=except_id or 0)
    if (code := holders.values_list("code", flat=True).first()) is not None:
        raise errors.TicketSubjectTaken(ticket=code)


def _record_events(origin: Origin, result: OpenTicketResult, ticket: NewTicket) -> None:
    details = {
        "ticket": result.code,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "department": ticket.department,
    }
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "ticket.opened",
                "ticket",
                result.ticket_id,
                None,
                {**details, "message": ticket.message},
            ),
            NewEvent("customer.ticket_opened", "customer", ticket.customer_id, None, details),
        ],
    )
