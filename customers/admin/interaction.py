"""The desk of interactions with customers, newest first."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crm.adminkit.current_staff import link_to_customer
from crm.adminkit.filters import ChoiceFilter, CustomerFilter
from crm.adminkit.key_pagination import KeyPagedDesk
from customers.models import Interaction

NETWORK_COLOURS = dict.fromkeys(Interaction.Network.values) | {
    "FACEBOOK": "info",
    "TWITTER": "info",
    "CAPILLARY": "success",
}


class NetworkFilter(ChoiceFilter):
    title = _("network")
    parameter_name = "network"


class TypeFilter(ChoiceFilter):
    title = _("type")
    parameter_name = "type"


def summarise_interaction(row: Interaction) -> str:
    """Return a one-line summary of an interaction."""
    if row.survey_name:
        score_text = (
            ""
            if row.nps_score is None
            else gettext(": {nps_score} of 10").format(nps_score=row.nps_score)
        )
        return f"{row.survey_name}{score_text}"
    if row.latitude is not None:
        return f"{row.latitude}, {row.longitude}"
    return row.subject or row.receiver or row.sender


@admin.register(Interaction)
class InteractionDesk(KeyPagedDesk):
    list_display = [
        "id",
        "customer_link",
        "network_label",
        "type",
        "times",
        "summary",
        "happened_at",
        "recorded_by",
    ]
    list_filter = [NetworkFilter, TypeFilter, CustomerFilter]
    list_select_related = ["recorded_by"]
    search_fields = ["id"]  # shows the search field; search_rows uses the search table
    search_help_text = _("Name, mobile, email, any identifier of the customer")
    readonly_fields = [
        "customer_link",
        "network",
        "type",
        "times",
        "happened_at",
        "reference",
        "latitude",
        "longitude",
        "sender",
        "receiver",
        "subject",
        "delivered_at",
        "delivery_status",
        "survey_name",
        "nps_score",
        "sent_by",
        "response_url",
        "completed_at",
        "recorded_by",
        "recorded_at",
    ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Show only the fields that have a value."""
        if obj is None:
            return list(self.readonly_fields)
        always = {"customer_link", "network", "type", "times", "happened_at", "recorded_at"}
        return [
            name
            for name in self.readonly_fields
            if name in always or getattr(obj, name) not in ("", None)
        ]

    @display(description=_("Customer"))
    def customer_link(self, row: Interaction) -> str | None:
        return link_to_customer(row.customer_id)

    @display(description=_("Network"), label=NETWORK_COLOURS)
    def network_label(self, row: Interaction) -> tuple[str, str]:
        return row.network, row.get_network_display()

    @display(description=_("Details"))
    def summary(self, row: Interaction) -> str | None:
        return summarise_interaction(row) or None
