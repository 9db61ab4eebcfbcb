"""Interactions of customers by network (v1.1, operation 13)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from crm.kernel.compiled_queries import CompiledQuery
from customers.models import Interaction
from customers.rules.interactions import NETWORKS, SURVEY

# The number of latest interactions listed for each type; all are counted.
MAX_LISTED = 100
MAX_RECENT = 10


@dataclass(frozen=True, slots=True)
class RecentInteraction:
    """An interaction as the customer's data shows it."""

    pk: int
    network: str
    type: str
    happened_at: datetime
    times: int
    subject: str
    survey_name: str


@dataclass(slots=True)
class InteractionGroup:
    """The interactions of one type: their count, and the latest of them by date."""

    type: str
    count: int
    rows: list[Interaction] = field(default_factory=list)

    @property
    def latest_survey(self) -> Interaction | None:
        """The survey that was answered last, or sent last if none was answered."""
        surveys = [row for row in self.rows if row.type == SURVEY]
        return max(surveys, key=lambda row: row.completed_at or row.happened_at, default=None)


@dataclass(slots=True)
class NetworkInteractions:
    network: str
    groups: list[InteractionGroup] = field(default_factory=list)


def list_interactions(
    *,
    org_id: int,
    customer_ids: Collection[int],
    networks: Sequence[str] = (),
    types: Sequence[str] = (),
    start: datetime | None = None,
    end: datetime | None = None,
) -> dict[int, list[NetworkInteractions]]:
    """List each customer's interactions by network and type, in the order of ``NETWORKS``.

    Within a type the earliest comes first; of more than a hundred, the latest are listed. ``start``
    and ``end`` are inclusive. Customers without interactions have an empty list. Two queries for
    any number of customers.
    """
    networks_by_customer: dict[int, list[NetworkInteractions]] = {pk: [] for pk in customer_ids}
    rows = Interaction.objects.filter(org_id=org_id, customer_id__in=networks_by_customer)
    if networks:
        rows = rows.filter(network__in=networks)
    if types:
        rows = rows.filter(type__in=types)
    if start is not None:
        rows = rows.filter(happened_at__gte=start)
    if end is not None:
        rows = rows.filter(happened_at__lte=end)
    groups = _count_groups(rows)
    for row in _list_latest(rows):
        groups[row.customer_id, row.network, row.type].rows.append(row)
    for pk, customer_networks in networks_by_customer.items():
        for network, kinds in NETWORKS.items():
            customer_groups = [
                groups[pk, network, kind] for kind in kinds if (pk, network, kind) in groups
            ]
            if customer_groups:
                customer_networks.append(NetworkInteractions(network, customer_groups))
    return networks_by_customer


def list_recent_interactions(
    *, org_id: int, customer_ids: Collection[int]
) -> dict[int, list[RecentInteraction]]:
    """Return the ten latest interactions of each customer, newest first; one query."""
    interactions: dict[int, list[RecentInteraction]] = {pk: [] for pk in customer_ids}
    for customer_id, *values in _RECENT.fetch(interactions, org_id=org_id):
        interactions[customer_id].append(RecentInteraction(*values))
    return interactions


def _select_recent(ids: Sequence[int], org_id: int) -> QuerySet[Interaction, tuple[Any, ...]]:
    newest_first = [F("happened_at").desc(), F("id").desc()]
    place = Window(RowNumber(), partition_by=["customer_id"], order_by=newest_first)
    rows = Interaction.objects.filter(org_id=org_id, customer_id__in=ids).annotate(place=place)
    return (
        rows.filter(Q(place__lte=MAX_RECENT))
        .order_by(*newest_first)
        .values_list(
            "customer_id", "pk", "network", "type", "happened_at", "times", "subject", "survey_name"
        )
    )


_RECENT = CompiledQuery(_select_recent)


def _count_groups(rows: QuerySet[Interaction]) -> dict[tuple[int, str, str], InteractionGroup]:
    counts = rows.values_list("customer_id", "network", "type").annotate(count=Sum("times"))
    return {
        (pk, network, kind): InteractionGroup(kind, count)
        for pk, network, kind, count in counts.order_by()
    }


def _list_latest(rows: QuerySet[Interaction]) -> QuerySet[Interaction]:
    newest_first = [F("happened_at").desc(), F("id").desc()]
    rank = Window(
        RowNumber(), partition_by=["customer_id", "network", "type"], order_by=newest_first
    )
    return rows.annotate(place=rank).filter(Q(place__lte=MAX_LISTED)).order_by("happened_at", "id")
