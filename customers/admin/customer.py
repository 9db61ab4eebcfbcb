"""The desk of customers: list, search, export and the links to each page."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.filters import OrgDaysFilter
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.localized import format_minute
from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.ids import read_id
from crm.kernel.transactions import unit_of_work
from customers.admin import customer_filters as filters
from customers.admin.consent_page import change_consent
from customers.admin.customer_export import csv_response, xlsx_response
from customers.admin.customer_page import show_customer
from customers.admin.customer_service import add_note
from customers.admin.fraud_marks import change_fraud_status
from customers.admin.preferences_page import edit_preferences
from customers.admin.profile_page import edit_profile
from customers.admin.registration_page import register_customer
from customers.admin.status_label_change import change_status_label
from customers.admin.unmerge import show_unmerge
from customers.imports.customer_export import export_rows
from customers.models import Customer
from customers.queries.customers.lines import list_lines
from customers.queries.customers.search import find_customer_ids
from customers.queries.status_labels import get_default_label

MAX_SUGGESTIONS = 8
FORMATS = {"csv": csv_response, "xlsx": xlsx_response}
STATUS_COLOURS = {
    "ACTIVE": "success",
    "SUSPENDED": "warning",
    "DELETED": "danger",
    "MERGED": None,
}


@admin.register(Customer)
class CustomerDesk(KeyPagedDesk):
    list_display = [
        "id",
        "name",
        "mobile",
        "email",
        "sources",
        "type",
        "status",
        "registered",
    ]
    list_display_links = ["id", "name"]
    list_filter = [
        filters.SourceFilter,
        filters.TypeFilter,
        filters.StatusFilter,
        ("registered_at", OrgDaysFilter),
        filters.MergedFilter,
        filters.TestCustomerFilter,
    ]
    list_filter_submit = True
    show_add_link = False  # the list has a button with words
    day_field = "registered_at"
    customer_path = "pk"
    search_fields = ["id"]  # shows the search field; search_rows uses the search table
    search_help_text = _("Name, mobile, email, any identifier")

    def prepare_page(self, request: HttpRequest, page: list[Customer]) -> list[Customer]:
        """Attach the displayed line to each row of the page."""
        org_id, ids = get_staff_user(request).org_id, [customer.pk for customer in page]
        lines = {line.id: line for line in list_lines(org_id=org_id, customer_ids=ids)}
        default = get_default_label(org_id=org_id)
        for customer in page:
            customer.line = lines[customer.pk]  # type: ignore[attr-defined]
            customer.default_label = default  # type: ignore[attr-defined]
        return page

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("customers.add_customer"))

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("customers.export_customers"))

    # --- Columns ------------------------------------------------------------------------

    @display(description=_("Name"))
    def name(self, customer: Any) -> str:
        return customer.line.name or gettext("(no name)")

    @display(description=_("Mobile"))
    def mobile(self, customer: Any) -> str | None:
        return customer.line.mobile or None

    @display(description=_("Email"))
    def email(self, customer: Any) -> str | None:
        return customer.line.email or None

    @display(description=_("Sources"))
    def sources(self, customer: Any) -> str:
        return ", ".join(customer.line.sources)

    @display(description=_("Type"))
    def type(self, customer: Any) -> str:
        return customer.get_loyalty_type_display()

    @display(description=_("Status"), label=STATUS_COLOURS)
    def status(self, customer: Any) -> tuple[str, str] | None:
        line = customer.line
        if line.merged_into_id:
            return "MERGED", gettext("Merged")
        if line.status_label:
            return line.status, line.status_label
        default = customer.default_label
        return (
            (default.status, gettext("{label} (default)").format(label=default.label))
            if default
            else None
        )

    @display(description=_("Registered"))
    def registered(self, customer: Any) -> Any:
        return format_minute(customer.registered_at)

    # --- Pages --------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        admin_view = self.admin_site.admin_view
        return [
            path("suggest/", admin_view(self.suggest), name="customers_customer_suggest"),
            path("export/<str:kind>/", admin_view(self.export), name="customers_customer_export"),
            path(
                "<int:customer_id>/edit/",
                admin_view(self.edit),
                name="customers_customer_edit",
            ),
            path(
                "<int:customer_id>/consent/",
                admin_view(self.consent),
                name="customers_customer_consent",
            ),
            path(
                "<int:customer_id>/preferences/",
                admin_view(self.preferences),
                name="customers_customer_preferences",
            ),
            path(
                "<int:customer_id>/label/",
                admin_view(self.label),
                name="customers_customer_label",
            ),
            path(
                "<int:customer_id>/fraud/",
                admin_view(self.mark_fraud),
                name="customers_customer_fraud",
            ),
            path(
                "<int:customer_id>/notes/add/",
                admin_view(self.add_note),
                name="customers_customer_add_note",
            ),
            path(
                "<int:customer_id>/merges/<int:merge_id>/undo/",
                admin_view(self.unmerge),
                name="customers_customer_undo_merge",
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request,
            {
                "title": gettext("Customers"),
                "suggest_url": reverse("admin:customers_customer_suggest"),
                "export_name": "admin:customers_customer_export",
                "export_formats": list(FORMATS) if self.has_export_permission(request) else [],
                **(extra_context or {}),
            },
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Register a customer."""
        if not (self.has_view_permission(request) and self.has_add_permission(request)):
            raise PermissionDenied
        return register_customer(self, request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show the customer's page, which is read-only."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        customer_id = read_id(object_id)
        if customer_id is None:
            raise Http404
        return show_customer(self, request, customer_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Show the customer's page, which contains the history."""
        return self.change_view(request, object_id)

    def edit(self, request: HttpRequest, customer_id: int) -> HttpResponseBase:
        """Change names and fields of a profile, with a reason."""
        return edit_profile(self, request, customer_id)

    def consent(self, request: HttpRequest, customer_id: int) -> HttpResponseBase:
        """Opt the customer in or out, with a reason."""
        return change_consent(self, request, customer_id)

    def preferences(self, request: HttpRequest, customer_id: int) -> HttpResponseBase:
        """Change the customer's preferences."""
        return edit_preferences(self, request, customer_id)

    def label(self, request: HttpRequest, customer_id: int) -> HttpResponseBase:
        """Change the customer's status label, with a reason."""
        return change_status_label(self, request, customer_id)

    def mark_fraud(self, request: HttpRequest, customer_id: int) -> HttpResponseBase:
        """Mark the customer as fraud or clear the mark, with a reason."""
        return change_fraud_status(self, request, customer_id)

    def add_note(self, request: HttpRequest, customer_id: int) -> HttpResponseBase:
        """Add a note about the customer."""
        return add_note(self, request, customer_id)

    def unmerge(self, request: HttpRequest, customer_id: int, merge_id: int) -> HttpResponseBase:
        """Preview an unmerge, and file a request for it with a reason."""
        return show_unmerge(self, request, customer_id, merge_id)

    def suggest(self, request: HttpRequest) -> JsonResponse:
        """Return customers that match the typed text, as suggestions below the search field."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        text = request.GET.get("q", "").replace("\0", "")
        org_id = get_staff_user(request).org_id
        ids = find_customer_ids(org_id=org_id, text=text, limit=MAX_SUGGESTIONS)
        return JsonResponse(
            {
                "customers": [
                    {
                        "id": line.id,
                        "name": line.name or gettext("(no name)"),
                        "details": " · ".join(
                            filter(None, [line.mobile, line.email, line.external_id])
                        ),
                        "url": reverse("admin:customers_customer_change", args=[line.id]),
                    }
                    for line in list_lines(org_id=org_id, customer_ids=ids)
                ]
            }
        )

    def export(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Export the filtered customers as a file, and record an audit event."""
        if not (self.has_view_permission(request) and self.has_export_permission(request)):
            raise PermissionDenied
        if kind not in FORMATS:
            raise Http404
        changelist = self.get_changelist_instance(request)
        origin = get_origin(request)
        event_data = {"format": kind, "filters": dict(request.GET.items())}
        event = NewEvent("customers.exported", "organization", origin.org.pk, None, event_data)
        unit_of_work(record_events)(origin=origin, events=[event])
        rows = export_rows(
            org_id=origin.org.pk, zone=origin.org.zone, customers=changelist.queryset
        )
        return FORMATS[kind](rows, f"customers-{timezone.localdate()}")
