"""Pages to open, answer and assign tickets."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from crm.adminkit.action_pages import run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.idempotent_forms import SENT_TWICE
from crm.kernel.ids import read_id
from crm.tenancy.queries.entities import list_staff_entities
from customers.admin.ticket_forms import AnswerForm, AssignForm, OpenForm
from customers.models import Ticket
from customers.operations.tickets.open import open_ticket
from customers.operations.tickets.update import TicketChange, answer_ticket, change_ticket
from customers.queries.tickets import list_departments
from customers.rules.tickets import NewTicket


def show_open_page(desk: Any, request: HttpRequest) -> HttpResponseBase:
    """Show the form to open a ticket, and open it."""
    org_id = get_staff_user(request).org_id
    customer = read_id(request.GET.get("customer", ""))
    form = OpenForm(
        customer, list_departments(org_id=org_id), _list_staff_choices(org_id), request.POST or None
    )

    def act(cleaned_data: dict[str, Any]) -> str:
        ticket_data = {
            name: value for name, value in cleaned_data.items() if name not in ("once", "customer")
        }
        result = open_ticket(
            origin=get_origin(request),
            ticket=NewTicket(
                **{**ticket_data, "assigned_to_id": cleaned_data["assigned_to_id"] or None},
                customer_id=cleaned_data["customer"],
                reference=form.reference(),
            ),
        )
        if result.is_repeat:
            return gettext("{sent_twice} It is ticket {code}.").format(
                sent_twice=SENT_TWICE, code=result.code
            )
        return gettext("Ticket {code} was opened for customer {customer}.").format(
            code=result.code, customer=cleaned_data["customer"]
        )

    return run_action_form(
        desk,
        request,
        form=form,
        act=act,
        back_url=(
            reverse("admin:customers_customer_change", args=[customer])
            if customer
            else reverse("admin:customers_ticket_changelist")
        ),
        words={
            "title": gettext("Open a ticket"),
            "heading": gettext("Open a ticket"),
            "explanation": gettext("The ticket gets a code that you can give to the customer."),
            "button": gettext("Open ticket"),
        },
        row=None,
    )


def show_answer_page(desk: Any, request: HttpRequest, ticket: Ticket) -> HttpResponseBase:
    """Show the form to answer a ticket, and save the answer."""
    form = AnswerForm(request.POST or None)

    def act(cleaned_data: dict[str, Any]) -> str:
        origin = get_origin(request)
        result = answer_ticket(
            origin=origin,
            ticket_id=ticket.pk,
            message=cleaned_data["message"],
            reference=form.reference(),
        )
        if result.is_repeat:
            return str(SENT_TWICE)
        if cleaned_data["status"]:
            change_ticket(
                origin=origin,
                change=TicketChange(ticket_id=ticket.pk, status=cleaned_data["status"]),
            )
        return gettext("Ticket {code} was answered.").format(code=ticket.code)

    return run_action_form(
        desk,
        request,
        form=form,
        act=act,
        back_url=reverse("admin:customers_ticket_change", args=[ticket.pk]),
        words={
            "title": gettext("Answer"),
            "heading": gettext("Answer ticket {code}").format(code=ticket.code),
            "explanation": gettext(
                "The answer is stored with the ticket; nothing is sent to the customer."
            ),
            "button": gettext("Save answer"),
            "facts": _list_facts(ticket),
        },
        row=ticket,
    )


def show_assign_page(desk: Any, request: HttpRequest, ticket: Ticket) -> HttpResponseBase:
    """Show the form to change a ticket, and save the change."""
    org_id = get_staff_user(request).org_id
    form = AssignForm(
        ticket, list_departments(org_id=org_id), _list_staff_choices(org_id), request.POST or None
    )

    def act(cleaned_data: dict[str, Any]) -> str:
        change = change_ticket(
            origin=get_origin(request), change=TicketChange(ticket_id=ticket.pk, **cleaned_data)
        )
        if not change.after:
            return gettext("Ticket {code} is unchanged.").format(code=ticket.code)
        return gettext("Ticket {code} was changed.").format(code=ticket.code)

    return run_action_form(
        desk,
        request,
        form=form,
        act=act,
        back_url=reverse("admin:customers_ticket_change", args=[ticket.pk]),
        words={
            "title": gettext("Assign or change status"),
            "heading": gettext("Ticket {code}").format(code=ticket.code),
            "explanation": gettext("A resolved or closed ticket can be reopened later."),
            "button": gettext("Change ticket"),
            "facts": _list_facts(ticket),
        },
        row=ticket,
    )


def _list_staff_choices(org_id: int) -> list[tuple[int, str]]:
    return [(entity.pk, str(entity)) for entity in list_staff_entities(org_id=org_id)]


def _list_facts(ticket: Ticket) -> list[tuple[str, Any]]:
    return [
        (gettext("Customer"), ticket.customer_id),
        (gettext("Subject"), ticket.subject),
        (gettext("Status"), ticket.get_status_display()),
    ]
