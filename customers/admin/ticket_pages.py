"""The pages on which staff open a ticket, answer it, and give it to other hands."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from crm.adminkit.deciding import decide
from crm.adminkit.once import SENT_TWICE
from crm.adminkit.person import known_customer, staff_of
from crm.adminkit.recording import origin_of
from crm.tenancy.queries.entities import list_staff_entities
from customers import errors, service_errors
from customers.admin.ticket_forms import AnswerForm, HandForm, OpenForm
from customers.models import Ticket
from customers.operations.handling_tickets import TicketChange, answer_ticket, change_ticket
from customers.operations.opening_tickets import open_ticket
from customers.queries.tickets import list_departments
from customers.rules.tickets import NewTicket

# The reasons for a no that these forms can meet, in words for staff.
SENTENCES: dict[Any, str] = {
    errors.CustomerUnknown: "There is no such customer.",
    errors.CustomerMerged: ("That customer was merged into customer {survivor_id}; name that one."),
    service_errors.TicketSubjectMissing: "Say what it is about.",
    service_errors.TicketSubjectTaken: "The customer has this open already: it is ticket {ticket}.",
    service_errors.TicketInvalid: "This cannot be kept: look at the {field} again.",
    service_errors.TicketAssigneeUnknown: (
        "Whoever it is to be given to has left. Choose somebody else."
    ),
    service_errors.TicketChangedMeanwhile: (
        "Somebody else changed or answered this ticket meanwhile. Look at it again first."
    ),
    service_errors.TicketUnknown: "The ticket is no longer there.",
}


def open_page(desk: Any, request: HttpRequest) -> HttpResponseBase:
    """Ask for a matter of a customer, and open a ticket."""
    org_id = staff_of(request).org_id
    customer = known_customer(request.GET.get("customer", ""))
    form = OpenForm(
        customer, list_departments(org_id=org_id), _staff_of(org_id), request.POST or None
    )

    def act(asked: dict[str, Any]) -> str:
        given = {name: value for name, value in asked.items() if name not in ("once", "customer")}
        opened = open_ticket(
            origin=origin_of(request),
            ticket=NewTicket(
                **{**given, "assigned_to_id": asked["assigned_to_id"] or None},
                customer_id=asked["customer"],
                reference=form.reference(),
            ),
        )
        if opened.is_repeat:
            return f"{SENT_TWICE} It is ticket {opened.code}."
        return f"Ticket {opened.code} was opened for customer {asked['customer']}."

    return decide(
        desk,
        request,
        form=form,
        act=act,
        sentences=SENTENCES,
        back_url=(
            reverse("admin:customers_customer_change", args=[customer])
            if customer
            else reverse("admin:customers_ticket_changelist")
        ),
        words={
            "title": "Open a ticket",
            "heading": "Open a ticket",
            "explanation": "The customer may ask for it by its code, which you see afterwards.",
            "button": "Open ticket",
        },
        row=None,
    )


def answer_page(desk: Any, request: HttpRequest, ticket: Ticket) -> HttpResponseBase:
    """Ask for an answer, and perhaps another status."""
    form = AnswerForm(request.POST or None)

    def act(asked: dict[str, Any]) -> str:
        origin = origin_of(request)
        answered = answer_ticket(
            origin=origin,
            ticket_id=ticket.pk,
            message=asked["message"],
            reference=form.reference(),
        )
        if answered.is_repeat:
            return SENT_TWICE
        if asked["status"]:
            change_ticket(
                origin=origin, change=TicketChange(ticket_id=ticket.pk, status=asked["status"])
            )
        return f"Ticket {ticket.code} was answered."

    return decide(
        desk,
        request,
        form=form,
        act=act,
        sentences=SENTENCES,
        back_url=reverse("admin:customers_ticket_change", args=[ticket.pk]),
        words={
            "title": "Answer",
            "heading": f"Answer ticket {ticket.code}",
            "explanation": "The answer is kept under the ticket; nothing is sent to the customer.",
            "button": "Write answer",
            "facts": _facts(ticket),
        },
        row=ticket,
    )


def hand_page(desk: Any, request: HttpRequest, ticket: Ticket) -> HttpResponseBase:
    """Ask for another status, priority, department or assignee."""
    org_id = staff_of(request).org_id
    form = HandForm(
        ticket, list_departments(org_id=org_id), _staff_of(org_id), request.POST or None
    )

    def act(asked: dict[str, Any]) -> str:
        changed = change_ticket(
            origin=origin_of(request), change=TicketChange(ticket_id=ticket.pk, **asked)
        )
        if not changed.after:
            return f"Ticket {ticket.code} is so already."
        return f"Ticket {ticket.code} was changed."

    return decide(
        desk,
        request,
        form=form,
        act=act,
        sentences=SENTENCES,
        back_url=reverse("admin:customers_ticket_change", args=[ticket.pk]),
        words={
            "title": "Assign or change status",
            "heading": f"Ticket {ticket.code}",
            "explanation": "Resolved or closed, the matter is over until it is opened again.",
            "button": "Change ticket",
            "facts": _facts(ticket),
        },
        row=ticket,
    )


def _staff_of(org_id: int) -> list[tuple[int, str]]:
    return [(entity.pk, str(entity)) for entity in list_staff_entities(org_id=org_id)]


def _facts(ticket: Ticket) -> list[tuple[str, Any]]:
    return [
        ("Customer", ticket.customer_id),
        ("Subject", ticket.subject),
        ("Status", ticket.get_status_display()),
    ]
