"""Opening tickets (v1.1, "Create New Ticket")."""

from dataclasses import dataclass, field

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.tenancy.queries.entities import find_staff_entity, get_store_id
from customers import notices, service_errors
from customers.models import FieldDefinition, Ticket
from customers.operations.customers.lock_active import lock_standing_customer
from customers.queries.fields import get_field_rules
from customers.queries.tickets import forget_departments, list_departments
from customers.rules.registration import checked_fields, present
from customers.rules.tickets import OVER, NewTicket, clean_ticket, draw_code, subject_key

COLUMNS = (
    "id", "org_id", "customer_id", "code", "subject", "subject_key", "message", "type",
    "reported_from", "custom_fields", "status", "priority", "department", "assigned_to_id",
    "store_id", "created_by_id", "created_at", "modified_by_id", "modified_at", "reference",
)  # fmt: skip


@dataclass(slots=True)
class Opened:
    """The ticket; ``is_repeat``: it was opened before, by the same form."""

    ticket_id: int
    code: str
    is_repeat: bool = False
    notices: list[Notice] = field(default_factory=list)


@within_unit_of_work
def open_ticket(*, origin: Origin, ticket: NewTicket) -> Opened:
    """Open a ticket of a customer, under a code that nobody can guess or one of the caller's own.

    Two tickets of a customer that are not over cannot have the same subject; case and blanks do
    not tell subjects apart. Custom fields that are unknown or ill-typed are noticed (1017) and
    left out.

    Raises:
        CustomerUnknown, CustomerMerged: there is nobody here to open one for.
        TicketSubjectMissing, TicketInvalid: what was given cannot be kept.
        TicketAssigneeUnknown: it is to be somebody's who is no active member of staff.
        TicketSubjectTaken: the customer has one of this subject.
        TicketCodeTaken: another ticket of the organization has the code.
    """
    clean = clean_ticket(ticket)
    customer = lock_standing_customer(origin=origin, customer_id=clean.customer_id)
    if earlier := _earlier(origin, clean):
        return Opened(earlier.pk, earlier.code, is_repeat=True)
    check_assignee(origin, clean.assigned_to_id)
    key = "" if clean.status in OVER else subject_key(clean.subject)
    refuse_taken_subject(origin, customer.pk, key)
    opened = Opened(0, clean.code or draw_code())
    rules = get_field_rules(
        org_id=origin.org.pk,
        kind=FieldDefinition.Kind.CUSTOM,
        scope=FieldDefinition.Scope.TICKET,
    )
    fields = present(
        checked_fields(
            clean.custom_fields,
            rules,
            origin.org.zone,
            notices.FIELD_INVALID,
            opened.notices,
        )
    )
    [opened.ticket_id] = take_ids(Ticket, 1)
    row = (
        opened.ticket_id, origin.org.pk, customer.pk, opened.code, clean.subject, key,
        clean.message, clean.type, clean.reported_from, fields, clean.status, clean.priority,
        clean.department, clean.assigned_to_id,
        get_store_id(org_id=origin.org.pk, entity_id=origin.actor_id),
        origin.actor_id, origin.at, origin.actor_id, origin.at, clean.reference,
    )  # fmt: skip
    if not insert_unless_taken(Ticket, COLUMNS, [row]):
        # Another unit took the code, or sent the same form about somebody else.
        if earlier := _earlier(origin, clean):
            return Opened(earlier.pk, earlier.code, is_repeat=True)
        raise service_errors.TicketCodeTaken(ticket=opened.code)
    _tell(origin, opened, clean)
    if clean.department and clean.department not in list_departments(org_id=origin.org.pk):
        forget_departments(origin.org.pk)
    return opened


def _earlier(origin: Origin, ticket: NewTicket) -> Ticket | None:
    if not ticket.reference:
        return None
    said = Ticket.objects.filter(org_id=origin.org.pk, reference=ticket.reference)
    return said.order_by("org_id", "reference").first()


def check_assignee(origin: Origin, entity_id: int | None) -> None:
    """Refuse whoever is no active member of the organization's staff."""
    if entity_id is None:
        return
    if find_staff_entity(org_id=origin.org.pk, entity_id=entity_id) is None:
        raise service_errors.TicketAssigneeUnknown()


def refuse_taken_subject(
    origin: Origin, customer_id: int, key: str, *, but: int | None = None
) -> None:
    """Refuse a subject that another ticket of the customer holds; the customer is locked."""
    if not key:
        return
    holders = Ticket.objects.filter(
        org_id=origin.org.pk, customer_id=customer_id, subject_key=key
    ).exclude(pk=but or 0)
    if (code := holders.values_list("code", flat=True).first()) is not None:
        raise service_errors.TicketSubjectTaken(ticket=code)


def _tell(origin: Origin, opened: Opened, ticket: NewTicket) -> None:
    told = {
        "ticket": opened.code,
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
                opened.ticket_id,
                None,
                {**told, "message": ticket.message},
            ),
            NewEvent("customer.ticket_opened", "customer", ticket.customer_id, None, told),
        ],
    )
