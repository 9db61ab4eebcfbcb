"""Create and change coupon series."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.ids import LARGEST_ID
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization, OrgEntity
from crm.tenancy.origin import Origin
from customers.rules.text import is_writable
from loyalty import errors
from loyalty.models import CouponSeries
from loyalty.rules.coupons import are_times

PLACES = "redeemable_at"
# What no caller sets. The counts are checked against the limits.
_NOT_CLEANED = {"created_by", "last_used_at"}


@within_unit_of_work
def create_coupon_series(*, origin: Origin, data: Mapping[str, Any]) -> int:
    """Create a series and return its id.

    ``data`` has the names of the columns, and the ids of ``redeemable_at``.

    Raises:
        CouponSeriesInvalid: a rule is missing or cannot be used.
        CouponSeriesCodeTaken: another series has this code, in any case.
    """
    values, place_ids = _split(origin, data)
    series = CouponSeries(
        org=origin.org, created_by_id=origin.actor_id, created_at=origin.at, **values
    )
    _check_code(origin, series.code)
    _clean(series)
    series.save(force_insert=True)
    if place_ids:
        series.redeemable_at.set(place_ids)
    _record(origin, "added", series.pk, None, _describe(values, place_ids))
    return series.pk


@within_unit_of_work
def update_coupon_series(*, origin: Origin, series_id: int, data: Mapping[str, Any]) -> None:
    """Change the rules in ``data``; coupons that were issued keep their expiry and number of uses.

    The code of a series stays as it is.

    Raises:
        CouponSeriesUnknown: the organization has no such series.
        CouponSeriesInvalid: a rule cannot be used, or allows less than was issued or redeemed.
    """
    values, place_ids = _split(origin, data)
    values.pop("code", None)
    rows = CouponSeries.objects.filter(pk=series_id, org_id=origin.org.pk)
    series = rows.select_for_update(no_key=True).first()
    if series is None:
        raise errors.CouponSeriesUnknown()
    before = {name: getattr(series, name) for name in values}
    for name, value in values.items():
        setattr(series, name, value)
    _clean(series)
    changed = [name for name in values if values[name] != before[name]]
    if changed:
        rows.update(**{name: values[name] for name in changed})
    before = {name: before[name] for name in changed}
    after = {name: values[name] for name in changed}
    if place_ids is not None:
        old_ids = sorted(series.redeemable_at.values_list("pk", flat=True))
        if old_ids != sorted(place_ids):
            series.redeemable_at.set(place_ids)
            before[PLACES], after[PLACES] = old_ids, sorted(place_ids)
    if after:
        _record(origin, "changed", series.pk, _describe(before), _describe(after))


def _split(origin: Origin, data: Mapping[str, Any]) -> tuple[dict[str, Any], Sequence[int] | None]:
    """Return the columns, and the places if the data names them."""
    values = {name: value for name, value in data.items() if name != PLACES}
    for name, value in values.items():
        texts = value if isinstance(value, list) else [value]
        if not all(is_writable(text) for text in texts if isinstance(text, str)):
            raise errors.CouponSeriesInvalid(field=name)
        if value is None and not CouponSeries._meta.get_field(name).null:
            raise errors.CouponSeriesInvalid(field=name)
    if "redeemable_when" in values and not are_times(values["redeemable_when"]):
        raise errors.CouponSeriesInvalid(field="redeemable_when")
    place_ids = data.get(PLACES)
    if place_ids is not None:
        valid_ids = {pk for pk in place_ids if 0 < pk <= LARGEST_ID}
        places = OrgEntity.objects.filter(org_id=origin.org.pk, pk__in=valid_ids).exclude(
            type=OrgEntity.Type.ADMIN_USER
        )
        if places.count() != len(set(place_ids)):
            raise errors.CouponSeriesInvalid(field=PLACES)
    return values, place_ids


def _check_code(origin: Origin, code: str) -> None:
    # Two requests must not use the same code: the second waits here and then sees it.
    Organization.objects.select_for_update(no_key=True).get(pk=origin.org.pk)
    if CouponSeries.objects.filter(org_id=origin.org.pk, code__iexact=code).exists():
        raise errors.CouponSeriesCodeTaken()


def _clean(series: CouponSeries) -> None:
    try:
        series.full_clean(exclude=_NOT_CLEANED, validate_unique=False)
    except ValidationError as error:
        [name, *_] = error.message_dict
        field = "limits" if name == NON_FIELD_ERRORS else name
        raise errors.CouponSeriesInvalid(field=field) from error


def _describe(values: Mapping[str, Any], place_ids: Sequence[int] | None = None) -> dict[str, Any]:
    described = {
        name: str(value) if isinstance(value, Decimal | date) else value
        for name, value in values.items()
    }
    return described if place_ids is None else {**described, PLACES: sorted(place_ids)}


def _record(
    origin: Origin,
    verb: str,
    series_id: int,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    event = NewEvent(f"coupon_series.{verb}", "coupon_series", series_id, before, after)
    record_events(origin=origin, events=[event])
