"""The service part of a customer's page: notes, tickets and preferences."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextareaWidget

from crm.adminkit.deciding import decide
from crm.adminkit.history import in_words
from crm.adminkit.once import SENT_TWICE, OnceForm
from crm.adminkit.person import staff_of
from crm.adminkit.recording import origin_of
from customers import errors, service_errors
from customers.models import Customer, Ticket
from customers.operations.noting import write_notes
from customers.queries.lookup import check_standing
from customers.queries.notes import list_notes
from customers.queries.preferences import preferences_of
from customers.queries.tickets import list_tickets
from customers.rules.notes import LONGEST_DESCRIPTION, NoteIn
from customers.rules.tickets import OVER

MOST_NOTES, MOST_TICKETS = 10, 8
KINDS = {"OPEN": "active", "IN_PROGRESS": "suspended"}
TOLD_BY = {
    "customers.view_note": ("customer.note_added", "customer.note_changed"),
    "customers.view_ticket": ("customer.ticket_opened",),
    "customers.view_preferences": ("customer.preferences_changed",),
}
SENTENCES: dict[Any, str] = {
    errors.CustomerMerged: (
        "This customer was merged into customer {survivor_id}; write about that one."
    ),
    service_errors.NotesNotWritten: "The note holds characters that cannot be kept.",
}


class NoteForm(OnceForm):
    description = forms.CharField(
        label="Note",
        max_length=LONGEST_DESCRIPTION,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 3, "placeholder": "What others should know"}
        ),
    )


def service_of(
    request: HttpRequest, *, org_id: int, customer_id: int, is_merged: bool
) -> dict[str, Any]:
    """Return plain values for the page, as far as this member of staff may look at them."""
    shown: dict[str, Any] = {}
    if request.user.has_perm("customers.view_note"):
        shown["notes"] = list_notes(
            org_id=org_id, customer_id=customer_id, limit=MOST_NOTES, newest_first=True
        )
        if may_note(request) and not is_merged:
            shown["note_form"] = NoteForm()
            shown["note_url"] = reverse("admin:customers_customer_add_note", args=[customer_id])
    if request.user.has_perm("customers.view_ticket"):
        shown |= _tickets(request, org_id, customer_id, is_merged)
    if request.user.has_perm("customers.view_preferences"):
        shown["shows_preferences"] = True
        found = preferences_of(org_id=org_id, customer_ids=[customer_id]).get(customer_id)
        if found is not None:
            shown["preferences"] = [(name, in_words(value)) for name, value in found.fields.items()]
            if found.store_name:
                shown["preferences"].append(("Preferred store", found.store_name))
    return shown


def hidden_kinds(request: HttpRequest) -> list[str]:
    """Events that tell of what this member of staff may not look at."""
    return [
        kind
        for right, kinds in TOLD_BY.items()
        if not request.user.has_perm(right)
        for kind in kinds
    ]


def _tickets(
    request: HttpRequest, org_id: int, customer_id: int, is_merged: bool
) -> dict[str, Any]:
    tickets = list_tickets(org_id=org_id, customer_ids=[customer_id], limit=MOST_TICKETS)
    desk = reverse("admin:customers_ticket_changelist")
    may_open = request.user.has_perm("customers.add_ticket") and not is_merged
    open_url = reverse("admin:customers_ticket_open") if may_open else ""
    return {
        "shows_tickets": True,
        "tickets": [
            {
                "ticket": ticket,
                "status": Ticket.Status(ticket.status).label,
                "kind": KINDS.get(ticket.status, "unset"),
                "is_urgent": ticket.priority == "HIGH" and ticket.status not in OVER,
                "url": reverse("admin:customers_ticket_change", args=[ticket.id]),
            }
            for ticket in tickets[customer_id]
        ],
        "tickets_url": f"{desk}?customer={customer_id}",
        "open_ticket_url": f"{open_url}?customer={customer_id}" if may_open else "",
    }


def may_note(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("customers.add_note"))


def add_note(desk: Any, request: HttpRequest, customer_id: int) -> HttpResponseBase:
    """Write a note as the member of staff who is at the page, dated now."""
    if not (desk.has_view_permission(request) and may_note(request)):
        raise PermissionDenied
    try:
        check_standing(org_id=staff_of(request).org_id, customer_id=customer_id)
    except errors.CustomerUnknown as refusal:
        raise Http404 from refusal
    except errors.CustomerMerged:
        pass  # the form says so, and whom to write about instead
    form = NoteForm(request.POST or None)

    def act(asked: dict[str, Any]) -> str:
        origin = origin_of(request)
        note = NoteIn(
            associate_id=staff_of(request).username[:50],
            noted_at=origin.at,
            description=asked["description"],
            reference=form.reference(),
        )
        [noted] = write_notes(origin=origin, customer_id=customer_id, notes=[note])
        return SENT_TWICE if noted.is_repeat else "The note was added."

    return decide(
        desk,
        request,
        form=form,
        act=act,
        sentences=SENTENCES,
        back_url=reverse("admin:customers_customer_change", args=[customer_id]),
        words={
            "title": "Add a note",
            "heading": f"Note about customer {customer_id}",
            "explanation": "Everybody who may look at the customer's notes can read it.",
            "button": "Add note",
        },
        row=Customer(pk=customer_id),
    )
