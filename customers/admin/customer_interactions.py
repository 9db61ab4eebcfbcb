"""The part of a customer's page that tells where they were met, and what was sent to them."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from customers.admin.interaction import summary_of
from customers.models import Interaction
from customers.queries.interactions import list_interactions

MOST_LINES = 8


def interactions_of(
    request: HttpRequest, *, org_id: int, customer_id: int
) -> dict[str, Any] | None:
    """Return plain values for the page; None for who may not look at interactions."""
    if not request.user.has_perm("customers.view_interaction"):
        return None
    networks = list_interactions(org_id=org_id, customer_ids=[customer_id])[customer_id]
    groups = [group for network in networks for group in network.groups]
    survey = next((g.latest_survey for g in groups if g.latest_survey is not None), None)
    rows = sorted(
        (row for group in groups for row in group.rows),
        key=lambda row: (row.happened_at, row.pk),
        reverse=True,
    )
    desk = reverse("admin:customers_interaction_changelist")
    return {
        "counts": [
            (Interaction.Network(network.network).label, _called(group.type), group.count)
            for network in networks
            for group in network.groups
        ],
        "score": None if survey is None else survey.nps_score,
        "lines": [
            {
                "type": row.get_type_display(),
                "network": row.get_network_display(),
                "about": summary_of(row),
                "happened_at": row.happened_at,
                "url": reverse("admin:customers_interaction_change", args=[row.pk]),
            }
            for row in rows[:MOST_LINES]
        ],
        "url": f"{desk}?customer={customer_id}" if rows else "",
    }


def _called(kind: str) -> str:
    return str(Interaction.Type(kind).label)
