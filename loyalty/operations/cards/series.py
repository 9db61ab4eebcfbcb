"""Create and update card series (operation 26)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization, OrgEntity
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.models import CardSeries
from loyalty.queries.cards.series import forget_triggered_series
from loyalty.rules.card_series import CardSeriesSettings, apply_series_changes


@within_unit_of_work
def create_card_series(*, origin: Origin, data: Mapping[str, Any]) -> int:
    """Create a series and return its id; ``data`` has the names of ``CardSeriesSettings``.

    Raises:
        CardSeriesInvalid: a setting is invalid.
        CardSeriesCodeTaken: another series has this code, in any case.
        CardConceptUnknown: there is no such concept.
    """
    settings = apply_series_changes(data, CardSeriesSettings())
    values = _build_values(origin, settings, exclude_id=None)
    series = CardSeries.objects.create(
        org=origin.org,
        created_by_id=origin.actor_id,
        created_at=origin.at,
        modified_by_id=origin.actor_id,
        modified_at=origin.at,
        **values,
    )
    _record_change(origin, "card_series.created", series.pk, None, asdict(settings))
    return series.pk


@within_unit_of_work
def update_card_series(*, origin: Origin, series_id: int, data: Mapping[str, Any]) -> None:
    """Change the settings in ``data``; existing cards stay as they are.

    Raises:
        CardSeriesUnknown: the organization has no such series.
        CardSeriesInvalid, CardSeriesCodeTaken, CardConceptUnknown: as for a new series.
    """
    series = (
        CardSeries.objects.select_for_update(of=("self",))
        .select_related("concept")
        .filter(pk=series_id, org_id=origin.org.pk)
        .first()
    )
    if series is None:
        raise errors.CardSeriesUnknown()
    before = get_series_settings(series)
    after = apply_series_changes(data, before)
    CardSeries.objects.filter(pk=series.pk).update(
        modified_by_id=origin.actor_id,
        modified_at=origin.at,
        **_build_values(origin, after, exclude_id=series.pk),
    )
    old, new = asdict(before), asdict(after)
    changed_names = [name for name in new if new[name] != old[name]]
    _record_change(
        origin,
        "card_series.changed",
        series.pk,
        {name: old[name] for name in changed_names},
        {name: new[name] for name in changed_names},
    )


def get_series_settings(series: CardSeries) -> CardSeriesSettings:
    """Return the settings of a series."""
    return CardSeriesSettings(
        code=series.code,
        name=series.name,
        description=series.description,
        type=series.type,
        trigger=series.trigger,
        concept_code=series.concept.code if series.concept else "",
        max_active_cards=series.max_active_cards,
        expiry_enabled=series.expiry_enabled,
        expiry_days=series.expiry_days,
        generation_enabled=series.generation_enabled,
        takes_external=series.takes_external,
        prefix=series.prefix,
        suffix=series.suffix,
        length=series.length,
        method=series.method,
        is_active=series.is_active,
    )


def _build_values(
    origin: Origin, settings: CardSeriesSettings, *, exclude_id: int | None
) -> dict[str, Any]:
    # Two requests must not use the same code: the second waits here and then sees it.
    Organization.objects.select_for_update(no_key=True).get(pk=origin.org.pk)
    duplicates = CardSeries.objects.filter(org_id=origin.org.pk, code__iexact=settings.code)
    if duplicates.exclude(pk=exclude_id or 0).exists():
        raise errors.CardSeriesCodeTaken()
    values = asdict(settings)
    values["concept_id"] = _find_concept_id(origin, values.pop("concept_code"))
    return values


def _find_concept_id(origin: Origin, code: str) -> int | None:
    if not code:
        return None
    concept = OrgEntity.objects.filter(
        org_id=origin.org.pk, type=OrgEntity.Type.CONCEPT, code=code
    ).first()
    if concept is None:
        raise errors.CardConceptUnknown()
    return concept.pk


def _record_change(
    origin: Origin,
    kind: str,
    series_id: int,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    forget_triggered_series(origin.org.pk)
    record_events(origin=origin, events=[NewEvent(kind, "card_series", series_id, before, after)])
