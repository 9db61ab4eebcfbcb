"""Card series as operations and callers see them."""

from dataclasses import dataclass

from customers.rules.text import folded
from loyalty import errors
from loyalty.models import CardGeneration, CardSeries


@dataclass(frozen=True, slots=True)
class SeriesBook:
    """Every card series of an organization."""

    by_id: dict[int, CardSeries]

    def named(self, series_id: int | None, code: str | None) -> CardSeries | None:
        """Return the series meant, None where neither is given.

        Raises:
            CardSeriesUnknown: there is none, or id and code name two.
        """
        if series_id is None and not code:
            return None
        found = [
            series
            for series in self.by_id.values()
            if series_id in (None, series.pk) and (not code or folded(series.code) == folded(code))
        ]
        if not found:
            raise errors.CardSeriesUnknown()
        return found[0]


def load_series_book(*, org_id: int) -> SeriesBook:
    """Read all series of the organization, by one query."""
    return SeriesBook({row.pk: row for row in list_card_series(org_id=org_id)})


def list_card_series(*, org_id: int) -> list[CardSeries]:
    """List the series, oldest first; one query, concepts included."""
    rows = CardSeries.objects.filter(org_id=org_id).select_related("concept")
    return list(rows.order_by("pk"))


def list_triggered_series(*, org_id: int) -> list[CardSeries]:
    """List the series of which newcomers get a card without asking for one; one query."""
    on_registration = (CardSeries.Trigger.REGISTRATION, CardSeries.Trigger.OU_ID)
    rows = CardSeries.objects.filter(
        org_id=org_id, is_active=True, generation_enabled=True, trigger__in=on_registration
    )
    return list(rows.order_by("pk"))


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
    """List the orders of new numbers of a series with their runs, newest first.

    Raises:
        CardSeriesUnknown: the organization has none of this id.
    """
    get_card_series(org_id=org_id, series_id=series_id)
    rows = CardGeneration.objects.filter(series_id=series_id).select_related("run")
    return list(rows.order_by("-pk")[offset : offset + limit])
