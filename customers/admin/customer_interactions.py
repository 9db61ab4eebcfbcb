"""The interactions section of a customer's page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from customers.admin.interaction import summarise_interaction
from customers.models import Interaction
from customers.queries.interactions import list_interactions

MAX_LINES = 8


def build_interactions_context(
    request: HttpRequest, *, org_id: int, customer_id: int
) -> dict[str, Any] | None:
    """Return the section's context, or None if the user may not view interactions."""
    if not request.user.has_perm("customers.view_interaction"):
        return None
    networks = list_interactions(org_id=org_id, customer_ids=[customer_id])[customer_id]
    groups = [group for network in networks for group in network.groups]
    latest_survey = next((g.latest_survey for g in groups if g.latest_survey is not None), None)
    rows = sorted(
        (row for group in groups for row in group.rows),
        key=lambda row: (row.happened_at, row.pk),
        reverse=True,
    )
    list_url = reverse("admin:customers_interaction_changelist")
    return {
        "counts": [
            (Interaction.Network(network.network).label, _get_type_label(group.type), group.count)
            for network in networks
            for group in network.groups
        ],
        "score": None if latest_survey is None else latest_survey.nps_score,
        "lines": [
            {
                "type": row.get_type_display(),
                "network": row.get_network_display(),
                "about": summarise_interaction(row),
                "happened_at": row.happened_at,
                "url": reverse("admin:customers_interaction_change", args=[row.pk]),
            }
            for row in rows[:MAX_LINES]
        ],
        "url": f"{list_url}?customer={customer_id}" if rows else "",
    }


def _get_type_label(kind: str) -> str:
    return str(Interaction.Type(kind).label)
