"""What happened between customers and the networks they are met in (v1.1, operation 13)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from customers.models import Interaction
from customers.rules.interactions import NETWORKS, SURVEY

# Of each type so many are listed, the latest; all are counted.
MOST_LISTED = 100


@dataclass(slots=True)
class InteractionGroup:
    """All interactions of one type: how often they happened, and the latest of them by date."""

    type: str
    count: int
    rows: list[Interaction] = field(default_factory=list)

    @property
    def latest_survey(self) -> Interaction | None:
        """The survey that was answered last, or sent last where none was answered."""
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
    """List each customer's interactions by network and type, in the order in which those are known.

    Within a type the earliest comes first; of more than a hundred the latest are listed. Both
    moments are included. Two queries however many customers there are; who had none has an empty
    list.
    """
    found: dict[int, list[NetworkInteractions]] = {pk: [] for pk in customer_ids}
    rows = Interaction.objects.filter(org_id=org_id, customer_id__in=found)
    if networks:
        rows = rows.filter(network__in=networks)
    if types:
        rows = rows.filter(type__in=types)
    if start is not None:
        rows = rows.filter(happened_at__gte=start)
    if end is not None:
        rows = rows.filter(happened_at__lte=end)
    groups = _groups(rows)
    for row in _latest(rows):
        groups[row.customer_id, row.network, row.type].rows.append(row)
    for pk, known in found.items():
        for network, kinds in NETWORKS.items():
            mine = [groups[pk, network, kind] for kind in kinds if (pk, network, kind) in groups]
            if mine:
                known.append(NetworkInteractions(network, mine))
    return found


def _groups(rows: QuerySet[Interaction]) -> dict[tuple[int, str, str], InteractionGroup]:
    counted = rows.values_list("customer_id", "network", "type").annotate(count=Sum("times"))
    return {
        (pk, network, kind): InteractionGroup(kind, count)
        for pk, network, kind, count in counted.order_by()
    }


def _latest(rows: QuerySet[Interaction]) -> QuerySet[Interaction]:
    newest_first = [F("happened_at").desc(), F("id").desc()]
    place = Window(
        RowNumber(), partition_by=["customer_id", "network", "type"], order_by=newest_first
    )
    return (
        rows.annotate(place=place).filter(Q(place__lte=MOST_LISTED)).order_by("happened_at", "id")
    )
