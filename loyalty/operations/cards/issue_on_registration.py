"""Issue cards on registration (series with ``trigger`` REGISTRATION or OU_ID)."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty.models import CardSeries
from loyalty.operations.cards.issue import CardIssueRequest, CardIssueResult, issue_cards
from loyalty.queries.cards.series import list_triggered_series
from loyalty.queries.entities import load_entity_chains


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A new customer, with the source account and the entity of the registration."""

    customer_id: int
    source_account_id: int
    registered_by_id: int | None = None


@within_unit_of_work
def issue_on_registration(
    *, origin: Origin, newcomers: Sequence[Newcomer]
) -> list[list[CardIssueResult]]:
    """Issue each new customer a card of every series that applies; return the results.

    A series of a concept applies to customers registered by an entity of that concept. No query
    if the organization has no such series.
    """
    triggered_series = list_triggered_series(org_id=origin.org.pk)
    if not triggered_series or not newcomers:
        return [[] for _ in newcomers]
    entity_ids = {newcomer.registered_by_id for newcomer in newcomers if newcomer.registered_by_id}
    entity_chains = load_entity_chains(org_id=origin.org.pk, entity_ids=entity_ids)
    chain_ids = {pk: {entity.pk for entity in chain} for pk, chain in entity_chains.items()}
    series_by_newcomer = [
        [
            series
            for series in triggered_series
            if _applies_to_entities(series, chain_ids.get(newcomer.registered_by_id or 0, set()))
        ]
        for newcomer in newcomers
    ]
    requests = [
        CardIssueRequest(
            customer_id=newcomer.customer_id,
            source_account_id=newcomer.source_account_id,
            series_id=series.pk,
        )
        for newcomer, newcomer_series in zip(newcomers, series_by_newcomer, strict=True)
        for series in newcomer_series
    ]
    results = iter(issue_cards(origin=origin, requests=requests))
    return [[next(results) for _ in newcomer_series] for newcomer_series in series_by_newcomer]


def _applies_to_entities(series: CardSeries, entity_ids: set[int]) -> bool:
    return series.trigger == CardSeries.Trigger.REGISTRATION or series.concept_id in entity_ids
