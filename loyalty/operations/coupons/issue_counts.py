"""How many coupons of a series were issued: counted without letting others wait."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from django.db.models import F, Q

from crm.kernel.ids import select_storable_ids
from crm.kernel.transactions import (
    StaleDecision,
    get_unit_memory,
    is_repeated,
    list_deferred,
    within_unit_of_work,
    write_before_commit,
)
from loyalty.models import CouponSeries


def load_series(*, org_id: int, series_ids: Collection[int]) -> dict[int, CouponSeries]:
    """Return these series of the organization by id, without a lock; one query."""
    rows = CouponSeries.objects.filter(org_id=org_id, pk__in=select_storable_ids(series_ids))
    return {row.pk: row for row in rows.order_by("pk")}


@within_unit_of_work
def load_series_to_issue(*, org_id: int, series_ids: Collection[int]) -> dict[int, CouponSeries]:
    """Return these series by id, to issue coupons of them; one query.

    Every registration with a welcome coupon issues one of the same series, so the row is not locked
    here: ``count_issued`` checks the limit at the end of the unit. If it was reached meanwhile, the
    unit runs again with a lock, so that it is not in vain once more.
    """
    if get_unit_memory() is not None and not is_repeated():
        return load_series(org_id=org_id, series_ids=series_ids)
    rows = CouponSeries.objects.filter(org_id=org_id, pk__in=select_storable_ids(series_ids))
    # In key order, so that two units cannot deadlock.
    return {row.pk: row for row in rows.order_by("pk").select_for_update(no_key=True)}


def get_issued_counts(series: Mapping[int, CouponSeries]) -> dict[int, int]:
    """Return the number of coupons of each series, with those that this unit has issued."""
    own = _sum_counts(list_deferred(_write_counts))
    return {pk: row.issued_count + own[pk] for pk, row in series.items()}


@within_unit_of_work
def count_issued(counts: Mapping[int, int]) -> None:
    """Count issued coupons by series, at the end of the unit.

    Raises, at the end: ``StaleDecision`` if other units have used up a series meanwhile.
    """
    if any(counts.values()):
        write_before_commit(_write_counts, counts)


def _write_counts(all_counts: Sequence[Mapping[int, int]]) -> None:
    # In key order, as above; each waits for the commits of others, not for their work.
    for pk, count in sorted(_sum_counts(all_counts).items()):
        is_within_limit = Q(max_create__isnull=True) | Q(issued_count__lte=F("max_create") - count)
        rows = CouponSeries.objects.filter(is_within_limit, pk=pk)
        if not rows.update(issued_count=F("issued_count") + count):
            raise StaleDecision(f"coupon series {pk} is used up")


def _sum_counts(all_counts: Sequence[Mapping[int, int]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for counts in all_counts:
        total.update(counts)
    return total
