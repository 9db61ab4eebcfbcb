"""The tier changes of a customer, in pages."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.models import TierChange


@dataclass(frozen=True, slots=True)
class TierChangePage:
    """One page of tier changes; ``total`` counts all that match."""

    total: int
    changes: list[TierChange]


def list_tier_change_page(
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
) -> TierChangePage:
    """List tier changes with program, tiers and actor; two queries.

    Newest first unless ``ascending``. The period is half-open: it ends before ``until``.
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
    order_prefix = "" if ascending else "-"
    page = rows.select_related("enrollment", "previous_tier", "tier", "changed_by__parent")
    return TierChangePage(
        total=rows.count(),
        changes=list(
            page.order_by(f"{order_prefix}changed_at", f"{order_prefix}id")[offset : offset + limit]
        ),
    )
