"""Giving newcomers the cards whose series say so (``trigger`` REGISTRATION or OU_ID)."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty.models import CardSeries
from loyalty.operations.issuing_cards import CardIssue, CardIssued, issue_cards
from loyalty.queries.card_series import list_triggered_series
from loyalty.queries.places import load_places


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A customer who was just registered in that source account, by that entity."""

    customer_id: int
    source_account_id: int
    registered_by_id: int | None = None


@within_unit_of_work
def issue_on_registration(
    *, origin: Origin, newcomers: Sequence[Newcomer]
) -> list[list[CardIssued]]:
    """Issue each newcomer a new number of every series meant for them; the refusals are told.

    A series of a concept is meant for whom an entity within that concept registered. One query
    where the organization has no such series.
    """
    series = list_triggered_series(org_id=origin.org.pk)
    if not series or not newcomers:
        return [[] for _ in newcomers]
    entities = {person.registered_by_id for person in newcomers if person.registered_by_id}
    places = load_places(org_id=origin.org.pk, entity_ids=entities)
    within = {pk: {place.pk for place in above} for pk, above in places.items()}
    meant = [
        [one for one in series if _is_meant(one, within.get(person.registered_by_id or 0, set()))]
        for person in newcomers
    ]
    wishes = [
        CardIssue(
            customer_id=person.customer_id,
            source_account_id=person.source_account_id,
            series_id=one.pk,
        )
        for person, some in zip(newcomers, meant, strict=True)
        for one in some
    ]
    issued = iter(issue_cards(origin=origin, wishes=wishes))
    return [[next(issued) for _ in some] for some in meant]


def _is_meant(series: CardSeries, place_ids: set[int]) -> bool:
    return series.trigger == CardSeries.Trigger.REGISTRATION or series.concept_id in place_ids
