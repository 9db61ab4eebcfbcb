"""The card series of an organization."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.kernel.org_cache import forget, get_or_load
from customers.rules.text import fold_name
from loyalty import errors
from loyalty.models import CardGeneration, CardSeries

CACHE_KIND = "loyalty.triggered_series"


@dataclass(frozen=True, slots=True)
class CardSeriesIndex:
    """All card series of an organization, by id."""

    by_id: dict[int, CardSeries]

    def find(self, series_id: int | None, code: str | None) -> CardSeries | None:
        """Return the series with this id and code; None if both are missing.

        Raises:
            CardSeriesUnknown: no series matches, or id and code are of different series.
        """
        if series_id is None and not code:
            return None
        matches = [
            series
            for series in self.by_id.values()
            if series_id in (None, series.pk)
            and (not code or fold_name(series.code) == fold_name(code))
        ]
        if not matches:
            raise errors.CardSeriesUnknown()
        return matches[0]


def load_card_series_index(*, org_id: int) -> CardSeriesIndex:
    """Load all series of the organization; one query."""
    return CardSeriesIndex({row.pk: row for row in list_card_series(org_id=org_id)})


def list_card_series(*, org_id: int) -> list[CardSeries]:
    """List the series, oldest first; one query, concepts included."""
    rows = CardSeries.objects.filter(org_id=org_id).select_related("concept")
    return list(rows.order_by("pk"))


def list_triggered_series(*, org_id: int) -> Sequence[CardSeries]:
    """List the series that issue a card on registration; they are cached. One query, or none."""
    return get_or_load(CACHE_KIND, org_id, lambda: _load_triggered_series(org_id))


def forget_triggered_series(org_id: int) -> None:
    """Clear the cache; call it in the transaction that adds or changes a series."""
    forget(CACHE_KIND, org_id)


def _load_triggered_series(org_id: int) -> Sequence[CardSeries]:
    triggers = (CardSeries.Trigger.REGISTRATION, CardSeries.Trigger.OU_ID)
    rows = CardSeries.objects.filter(
        org_id=org_id, is_active=True, generation_enabled=True, trigger__in=triggers
    )
    return tuple(rows.order_by("pk"))


def get_card_series(*, org_id: int, series_id: int) -> CardSeries:
    """Return one series.

    Raises:
        CardSeriesUnknown: the organization has none of this id.
    """
    rows = CardSeries.objects.filter(org_id=org_id).select_related("concept")
    series = rows.filter(pk=series_id).first()
    if series is None:
        raise errors.CardSeriesUnknown()
    return series


def list_generations(
    *, org_id: int, series_id: int, limit: int, offset: int = 0
) -> list[CardGeneration]:
    """List the generations of card numbers of a series with their runs, newest first.

    Raises:
        CardSeriesUnknown: the organization has none of this id.
    """
    get_card_series(org_id=org_id, series_id=series_id)
    rows = CardGeneration.objects.filter(series_id=series_id).select_related("run")
    return list(rows.order_by("-pk")[offset : offset + limit])
