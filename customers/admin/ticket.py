"""The desk of tickets: list, search, export, answers and assignment."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user, link_to_customer
from crm.adminkit.event_descriptions import describe_events, format_value
from crm.adminkit.filters import CustomerFilter, OrgDaysFilter
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.localized import format_minute
from crm.audit.operations.events import NewEvent, record_events
from crm.audit.queries import list_subject_events
from crm.kernel.transactions import unit_of_work
from customers.admin import ticket_filters as filters
from customers.admin.customer_export import csv_response, xlsx_response
from customers.admin.ticket_pages import show_answer_page, show_assign_page, show_open_page
from customers.imports.ticket_export import export_tickets
from customers.models import Ticket
from customers.queries.tickets import find_ticket_ids, list_replies

FORMATS = {"csv": csv_response, "xlsx": xlsx_response}
MAX_EVENTS = 50
STATUS_COLOURS = {
    "OPEN": "info",
    "IN_PROGRESS": "warning",
    "ON_HOLD": None,
    "RESOLVED": "success",
    "CLOSED": None,
}
PRIORITY_COLOURS = {"HIGH": "danger", "MEDIUM": None, "LOW": None}


@admin.register(Ticket)
class TicketDesk(KeyPagedDesk):
    list_display = [
        "code",
        "subject",
        "customer_link",
        "status_label",
        "priority_label",
        "department",
        "assignee",
        "opened_at",
    ]
    list_display_links = ["code", "subject"]
    list_filter = [
        filters.StatusFilter,
        filters.AssigneeFilter,
        filters.PriorityFilter,
        filters.DepartmentFilter,
        filters.TypeFilter,
        filters.ReportedFromFilter,
        ("created_at", OrgDaysFilter),
        CustomerFilter,
    ]
    list_filter_submit = True
    day_field = "created_at"
    list_select_related = ["assigned_to"]
    search_fields = ["code"]  # shows the search field
    search_help_text = _("Ticket code, or the customer's name, mobile or email")
    actions_list = ["open"]
    actions_detail = ["answer", "hand"]
    fields = [
        "code",
        "customer_link",
        "subject",
        "message",
        "replies",
        "status_text",
        "priority",
        "department",
        "assigned_to",
        "type",
        "reported_from",
        "custom_fields_text",
        "store",
        "created_by",
        "created_at",
        "modified_by",
        "modified_at",
        "history",
    ]
    readonly_fields = fields

    def search_rows(self, request: HttpRequest, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        org_id = get_staff_user(request).org_id
        if ticket_ids := find_ticket_ids(org_id=org_id, code=text):
            return rows.filter(pk__in=ticket_ids)
        return super().search_rows(request, rows, text)

    def has_open_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("customers.add_ticket"))

    def has_handle_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("customers.change_ticket"))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("customers.export_tickets"))

    # --- Columns ------------------------------------------------------------------------

    @display(description=_("Customer"))
    def customer_link(self, ticket: Ticket) -> str | None:
        return link_to_customer(ticket.customer_id)

    @display(description=_("Status"), label=STATUS_COLOURS)
    def status_label(self, ticket: Ticket) -> tuple[str, str]:
        return ticket.status, ticket.get_status_display()

    @display(description=_("Status"))
    def status_text(self, ticket: Ticket) -> str:
        return ticket.get_status_display()

    @display(description=_("Priority"), label=PRIORITY_COLOURS)
    def priority_label(self, ticket: Ticket) -> tuple[str, str]:
        return ticket.priority, ticket.get_priority_display()

    @display(description=_("Assigned to"))
    def assignee(self, ticket: Ticket) -> str:
        return str(ticket.assigned_to) if ticket.assigned_to else gettext("Unassigned")

    @display(description=_("Opened"))
    def opened_at(self, ticket: Ticket) -> str:
        return format_minute(ticket.created_at)

    @display(description=_("Custom fields"))
    def custom_fields_text(self, ticket: Ticket) -> str:
        return format_value(ticket.custom_fields)

    @display(description=_("Answers"))
    def replies(self, ticket: Ticket) -> str:
        replies = list_replies(ticket_id=ticket.pk)
        return render_to_string("_pieces/replies.html", {"replies": replies})

    @display(description=_("History"))
    def history(self, ticket: Ticket) -> str:
        events = list_subject_events(
            org_id=ticket.org_id, subject_type="ticket", subject_id=ticket.pk
        ).select_related("actor")[:MAX_EVENTS]
        return render_to_string("_pieces/history.html", {"history": describe_events(events)})

    # --- Pages --------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        admin_view = self.admin_site.admin_view
        return [
            path("export/<str:kind>/", admin_view(self.export), name="customers_ticket_export"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request,
            {
                "title": gettext("Tickets"),
                "export_name": "admin:customers_ticket_export",
                "export_formats": list(FORMATS) if self.has_export_permission(request) else [],
                **(extra_context or {}),
            },
        )

    def export(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Export the filtered tickets as a file, and record an audit event."""
        if not (self.has_view_permission(request) and self.has_export_permission(request)):
            raise PermissionDenied
        if kind not in FORMATS:
            raise Http404
        changelist = self.get_changelist_instance(request)
        origin = get_origin(request)
        event_data = {"format": kind, "filters": dict(request.GET.items())}
        event = NewEvent("tickets.exported", "organization", origin.org.pk, None, event_data)
        unit_of_work(record_events)(origin=origin, events=[event])
        rows = export_tickets(zone=origin.org.zone, tickets=changelist.queryset)
        return FORMATS[kind](rows, f"tickets-{timezone.localdate()}")

    # --- Decisions ----------------------------------------------------------------------

    @action(
        description=_("Open a ticket"), permissions=["open"], icon="add_comment", url_path="open"
    )
    def open(self, request: HttpRequest) -> HttpResponseBase:
        """Open a ticket for a customer."""
        if not self.has_open_permission(request):
            raise PermissionDenied
        return show_open_page(self, request)

    @action(description=_("Answer"), permissions=["handle"], icon="reply", url_path="answer")
    def answer(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Add an answer to the ticket, and optionally change its status."""
        return show_answer_page(self, request, self._get_handled_ticket(request, object_id))

    @action(
        description=_("Assign or change status"),
        permissions=["handle"],
        icon="assignment_ind",
        url_path="hand",
    )
    def hand(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Change the ticket's status, priority, department or assignee."""
        return show_assign_page(self, request, self._get_handled_ticket(request, object_id))

    def _get_handled_ticket(self, request: HttpRequest, object_id: str) -> Ticket:
        if not self.has_handle_permission(request):
            raise PermissionDenied
        ticket: Ticket | None = self.get_object(request, object_id)
        if ticket is None:
            raise Http404
        return ticket
