"""How a customer's tiers changed, piece by piece."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.models import TierChange


@dataclass(frozen=True, slots=True)
class TierChanges:
    """Some of the changes wanted; ``total`` counts all of them."""

    total: int
    changes: list[TierChange]


def list_changes_of_tier(
    *,
    org_id: int,
    customer_id: int,
    limit: int,
    offset: int,
    ascending: bool = False,
    first_id: int | None = None,
    last_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    program_id: int | None = None,
) -> TierChanges:
    """List changes of tier with program, tiers and who caused them; two queries.

    The newest first unless ``ascending``. Days are half-open: before ``until``.
    """
    conditions = {
        "pk__gte": first_id,
        "pk__lte": last_id,
        "changed_at__gte": since,
        "changed_at__lt": until,
        "enrollment__program_id": program_id,
    }
    rows = TierChange.objects.filter(
        enrollment__customer_id=customer_id,
        enrollment__org_id=org_id,
        **{name: value for name, value in conditions.items() if value is not None},
    )
    sign = "" if ascending else "-"
    page = rows.select_related("enrollment", "previous_tier", "tier", "changed_by__parent")
    return TierChanges(
        total=rows.count(),
        changes=list(page.order_by(f"{sign}changed_at", f"{sign}id")[offset : offset + limit]),
    )
