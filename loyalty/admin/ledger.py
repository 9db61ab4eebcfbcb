"""Admin of the ledger: all points movements, newest first."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crm.adminkit import filters
from crm.adminkit.current_staff import link_to_customer
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.point_formats import format_amount, format_signed_amount
from loyalty.admin import filters as loyalty_filters
from loyalty.models import PointsEntry

# Kinds missing here would show their stored value.
COLOURS = dict.fromkeys(PointsEntry.Kind.values) | {
    "ADJUST": "warning",
    "EXPIRE": "danger",
    "REDEEM": "info",
    "AWARD": "success",
}


class KindFilter(filters.ChoiceFilter):
    title = _("kind")
    parameter_name = "kind"


class ProgramFilter(loyalty_filters.ProgramFilter):
    path = "enrollment__program_id"


class CustomerFilter(filters.CustomerFilter):
    path = "enrollment__customer_id"


@admin.register(PointsEntry)
class LedgerDesk(KeyPagedDesk):
    list_display = [
        "id",
        "customer",
        "kind_label",
        "points_change",
        "program",
        "number_of_transaction",
        "notes",
        "happened_at",
        "entered_by",
    ]
    customer_path = "enrollment__customer_id"
    list_filter = [KindFilter, ProgramFilter, CustomerFilter]
    list_select_related = ["enrollment__program", "entered_by"]
    search_fields = ["id"]  # shows the search field; the query uses the search table
    search_help_text = _("Name, mobile, email, any identifier of the customer")
    fields = [
        "customer",
        "program",
        "kind",
        "points_change",
        "delayed_points",
        "purchase_amount",
        "shortfall_amount",
        "number_of_transaction",
        "reference",
        "notes",
        "happened_at",
        "recorded_at",
        "entered_by",
    ]
    readonly_fields = fields

    @display(description=_("Customer"))
    def customer(self, entry: PointsEntry) -> str | None:
        return link_to_customer(entry.enrollment.customer_id)

    @display(description=_("Program"))
    def program(self, entry: PointsEntry) -> str:
        return entry.enrollment.program.name

    @display(description=_("Type"), label=COLOURS)
    def kind_label(self, entry: PointsEntry) -> tuple[str, str]:
        return entry.kind, entry.get_kind_display()

    @display(description=_("Points"))
    def points_change(self, entry: PointsEntry) -> str:
        return format_signed_amount(entry.points)

    @display(description=_("Delayed"))
    def delayed_points(self, entry: PointsEntry) -> str:
        return format_signed_amount(entry.delayed)

    @display(description=_("Purchases"))
    def purchase_amount(self, entry: PointsEntry) -> str:
        return format_signed_amount(entry.purchases)

    @display(description=_("Shortfall"))
    def shortfall_amount(self, entry: PointsEntry) -> str:
        return format_amount(entry.shortfall)

    @display(description=_("Transaction"))
    def number_of_transaction(self, entry: PointsEntry) -> str | None:
        return entry.transaction_number or None
