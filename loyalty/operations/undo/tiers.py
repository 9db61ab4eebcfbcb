"""Tiers before and after an import, so that an undo can put members back."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.kernel.bulk import bulk_update
from crm.kernel.transactions import within_unit_of_work
from loyalty.models import Enrollment, TierChange

# Tier, end and basis of an enrollment, as JSON.
TierImage = list[Any]


def load_tiers(customer_ids: Collection[int]) -> dict[int, tuple[int, TierImage]]:
    """Return customer and tier of each enrollment of these customers, by id; one query."""
    rows = Enrollment.objects.filter(customer_id__in=customer_ids).values_list(
        "id", "customer_id", "tier_id", "tier_expires_at", "tier_basis"
    )
    return {
        pk: (customer_id, [tier_id, ends_at.isoformat(), str(basis)])
        for pk, customer_id, tier_id, ends_at, basis in rows
    }


def compare_tiers(
    before: Mapping[int, tuple[int, TierImage]], after: Mapping[int, tuple[int, TierImage]]
) -> dict[int, list[dict[str, Any]]]:
    """Return the tiers that differ, by customer; new enrollments do not count."""
    differences: dict[int, list[dict[str, Any]]] = {}
    for pk, (customer_id, new) in after.items():
        if pk in before and (old := before[pk][1]) != new:
            differences.setdefault(customer_id, []).append(
                {"enrollment": pk, "before": old, "after": new}
            )
    return differences


@within_unit_of_work
def restore_tiers(*, differences: Iterable[Mapping[str, Any]], since: datetime) -> None:
    """Put enrollments back into the tier from before, unless it has changed again.

    What the tier history says of the import goes as well. The customers are locked.
    """
    by_enrollment = {difference["enrollment"]: difference for difference in differences}
    if not by_enrollment:
        return
    current = {
        pk: [tier_id, ends_at.isoformat(), str(basis)]
        for pk, tier_id, ends_at, basis in Enrollment.objects.filter(pk__in=by_enrollment)
        .order_by("pk")
        .select_for_update()
        .values_list("id", "tier_id", "tier_expires_at", "tier_basis")
    }
    restored = [pk for pk, image in current.items() if image == by_enrollment[pk]["after"]]
    bulk_update(
        Enrollment,
        ("tier_id", "tier_expires_at", "tier_basis"),
        [_read_image(pk, by_enrollment[pk]["before"]) for pk in restored],
    )
    TierChange.objects.filter(
        enrollment_id__in=restored, reason=TierChange.Reason.LIFTED, changed_at__gte=since
    ).delete()


def _read_image(pk: int, image: TierImage) -> tuple[Any, ...]:
    tier_id, ends_at, basis = image
    return pk, tier_id, datetime.fromisoformat(ends_at), Decimal(basis)
