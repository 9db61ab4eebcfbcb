"""Admin of the ledger: all points movements, newest first, and redemptions that are reversed."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from crm.adminkit import filters
from crm.adminkit.action_pages import run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user, link_to_customer
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.point_formats import describe_reversal, format_amount, format_signed_amount
from crm.kernel.ids import read_id
from loyalty.admin import filters as loyalty_filters
from loyalty.admin.transaction_forms import ReversalForm
from loyalty.models import PointsEntry, PointsRedemption
from loyalty.operations.points.redeem import reverse_redemption
from loyalty.queries.points.ledger import (
    REVERSAL_LINKS,
    get_reversed_moment,
    get_reversed_points,
)
from loyalty.queries.transactions.redemptions import find_points_redemption

# Kinds missing here would show their stored value.
COLOURS = dict.fromkeys(PointsEntry.Kind.values) | {
    "ADJUST": "warning",
    "EXPIRE": "danger",
    "REDEEM": "info",
    "REVERSE": "success",
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
        "reversal_text",
        "notes",
        "happened_at",
        "entered_by",
    ]
    actions_detail = ["reverse"]
    customer_path = "enrollment__customer_id"
    list_filter = [KindFilter, ProgramFilter, CustomerFilter]
    list_select_related = ["enrollment__program", "entered_by", *REVERSAL_LINKS]
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
        "reversal_text",
        "reference",
        "notes",
        "happened_at",
        "recorded_at",
        "entered_by",
    ]
    readonly_fields = fields

    def has_reverse_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may reverse redemptions, and this entry is one."""
        if not request.user.has_perm("loyalty.reverse_redemptions"):
            return False
        return object_id is None or _find_redemption(request, object_id) is not None

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

    @display(description=_("Reversal"))
    def reversal_text(self, entry: PointsEntry) -> str | None:
        reversal = describe_reversal(
            reversed_points=get_reversed_points(entry), redeemed_at=get_reversed_moment(entry)
        )
        return reversal or None

    @action(
        description=_("Reverse redemption"),
        permissions=["reverse"],
        icon="undo",
        url_path="reverse",
    )
    def reverse(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Give redeemed points back, with a reason."""
        if not self.has_reverse_permission(request):
            raise PermissionDenied
        redemption = _find_redemption(request, object_id)
        if redemption is None:
            raise Http404
        entry, left = redemption.entry, redemption.points - redemption.reversed_points

        def act(data: dict[str, Any]) -> str:
            result = reverse_redemption(
                origin=get_origin(request),
                redemption_id=redemption.pk,
                points=data["points"],
                reversed_before=data["shown"],
                notes=data["reason"],
            )
            return gettext("{points} points were given back. {balance} are available now.").format(
                points=format_amount(result.points), balance=format_amount(result.balance)
            )

        return run_action_form(
            self,
            request,
            form=ReversalForm(left, redemption.reversed_points, request.POST or None),
            act=act,
            back_url=_get_back_url(request, redemption),
            words={
                "title": gettext("Reverse redemption"),
                "heading": gettext("Reverse the redemption of {points} points").format(
                    points=format_amount(redemption.points)
                ),
                "explanation": (
                    gettext(
                        "The points keep their expiry date: those that expired meanwhile are gone."
                    )
                    if left
                    else gettext("The redemption was reversed already.")
                ),
                "button": gettext("Reverse redemption"),
                "facts": [
                    (gettext("Customer"), entry.enrollment.customer_id),
                    (gettext("Program"), redemption.program),
                    (gettext("Reversed before"), format_amount(redemption.reversed_points)),
                    (gettext("Left"), format_amount(left)),
                ],
            },
            row=entry,
        )


def _find_redemption(request: HttpRequest, object_id: Any) -> PointsRedemption | None:
    return find_points_redemption(
        org_id=get_staff_user(request).org_id, redemption_id=str(object_id)
    )


def _get_back_url(request: HttpRequest, redemption: PointsRedemption) -> str:
    """Return the page of the transaction from which the user came, or that of the entry."""
    transaction_id = read_id(request.GET.get("transaction", ""))
    if transaction_id is None:
        return reverse("admin:loyalty_pointsentry_change", args=[redemption.pk])
    return reverse("admin:loyalty_transaction_change", args=[transaction_id])
