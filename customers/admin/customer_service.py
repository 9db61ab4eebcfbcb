"""The service section of a customer's page: notes, tickets and preferences."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from crm.adminkit.action_pages import run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.event_descriptions import format_value
from crm.adminkit.idempotent_forms import SENT_TWICE, IdempotentForm
from customers import errors
from customers.admin.preferences_page import PERMISSION as CHANGE_PREFERENCES
from customers.models import Customer, Ticket
from customers.operations.notes import write_notes
from customers.queries.customers.active import check_active_customer
from customers.queries.notes import list_notes
from customers.queries.preferences import get_preferences_by_customer
from customers.queries.tickets import list_tickets
from customers.rules.notes import MAX_DESCRIPTION_LENGTH, NoteIn
from customers.rules.tickets import CLOSED_STATUSES

MAX_NOTES, MAX_TICKETS = 10, 8
STATUS_BADGES = {"OPEN": "active", "IN_PROGRESS": "suspended"}
EVENT_KINDS_BY_PERMISSION = {
    "customers.view_note": ("customer.note_added", "customer.note_changed"),
    "customers.view_ticket": ("customer.ticket_opened",),
    "customers.view_preferences": ("customer.preferences_changed",),
}


class NoteForm(IdempotentForm):
    description = forms.CharField(
        label=_("Note"),
        max_length=MAX_DESCRIPTION_LENGTH,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 3, "placeholder": _("Visible to all staff with access to notes")}
        ),
    )


def build_service_context(
    request: HttpRequest, *, org_id: int, customer_id: int, is_merged: bool
) -> dict[str, Any]:
    """Return the section's context, limited to what the user may view."""
    context: dict[str, Any] = {}
    if request.user.has_perm("customers.view_note"):
        context["notes"] = list_notes(
            org_id=org_id, customer_id=customer_id, limit=MAX_NOTES, newest_first=True
        )
        if may_add_note(request) and not is_merged:
            context["note_form"] = NoteForm()
            context["note_url"] = reverse("admin:customers_customer_add_note", args=[customer_id])
    if request.user.has_perm("customers.view_ticket"):
        context |= _build_tickets_context(request, org_id, customer_id, is_merged)
    if request.user.has_perm("customers.view_preferences"):
        context["shows_preferences"] = True
        if request.user.has_perm(CHANGE_PREFERENCES) and not is_merged:
            context["preferences_url"] = reverse(
                "admin:customers_customer_preferences", args=[customer_id]
            )
        preferences = get_preferences_by_customer(org_id=org_id, customer_ids=[customer_id]).get(
            customer_id
        )
        if preferences is not None:
            context["preferences"] = [
                (name, format_value(value)) for name, value in preferences.fields.items()
            ]
            if preferences.store_name:
                context["preferences"].append((gettext("Preferred store"), preferences.store_name))
    return context


def list_hidden_event_kinds(request: HttpRequest) -> list[str]:
    """Return the kinds of audit events that the user may not view."""
    return [
        kind
        for permission, kinds in EVENT_KINDS_BY_PERMISSION.items()
        if not request.user.has_perm(permission)
        for kind in kinds
    ]


def _build_tickets_context(
    request: HttpRequest, org_id: int, customer_id: int, is_merged: bool
) -> dict[str, Any]:
    tickets = list_tickets(org_id=org_id, customer_ids=[customer_id], limit=MAX_TICKETS)
    list_url = reverse("admin:customers_ticket_changelist")
    may_open = request.user.has_perm("customers.add_ticket") and not is_merged
    open_url = reverse("admin:customers_ticket_open") if may_open else ""
    return {
        "shows_tickets": True,
        "tickets": [
            {
                "ticket": ticket,
                "status": Ticket.Status(ticket.status).label,
                "kind": STATUS_BADGES.get(ticket.status, "unset"),
                "is_urgent": ticket.priority == "HIGH" and ticket.status not in CLOSED_STATUSES,
                "url": reverse("admin:customers_ticket_change", args=[ticket.id]),
            }
            for ticket in tickets[customer_id]
        ],
        "tickets_url": f"{list_url}?customer={customer_id}",
        "open_ticket_url": f"{open_url}?customer={customer_id}" if may_open else "",
    }


def may_add_note(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("customers.add_note"))


def add_note(desk: Any, request: HttpRequest, customer_id: int) -> HttpResponseBase:
    """Add a note as the current member of staff, dated now."""
    if not (desk.has_view_permission(request) and may_add_note(request)):
        raise PermissionDenied
    try:
        check_active_customer(org_id=get_staff_user(request).org_id, customer_id=customer_id)
    except errors.CustomerUnknown as refusal:
        raise Http404 from refusal
    except errors.CustomerMerged:
        pass  # the form reports it and names the survivor
    form = NoteForm(request.POST or None)

    def run(cleaned_data: dict[str, Any]) -> str:
        origin = get_origin(request)
        note = NoteIn(
            associate_id=get_staff_user(request).username[:50],
            noted_at=origin.at,
            description=cleaned_data["description"],
            reference=form.reference(),
        )
        [result] = write_notes(origin=origin, customer_id=customer_id, notes=[note])
        return str(SENT_TWICE) if result.is_repeat else gettext("The note was added.")

    return run_action_form(
        desk,
        request,
        form=form,
        act=run,
        back_url=reverse("admin:customers_customer_change", args=[customer_id]),
        words={
            "title": gettext("Add a note"),
            "heading": gettext("Note about customer {customer_id}").format(customer_id=customer_id),
            "explanation": gettext("All staff who may view the customer's notes can read it."),
            "button": gettext("Add note"),
        },
        row=Customer(pk=customer_id),
    )
