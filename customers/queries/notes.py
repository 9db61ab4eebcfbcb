"""Reading the notes about a customer (v1.1, "Retrieve Customer Notes")."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from customers.models import Note

MOST = 1_000


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note as it is shown; ``store`` and ``added_by`` are names."""

    id: int
    description: str
    associate_id: str
    noted_at: datetime
    store: str
    added_by: str
    added_at: datetime


def list_notes(
    *,
    org_id: int,
    customer_id: int,
    associate_ids: Collection[str] = (),
    limit: int = MOST,
    newest_first: bool = False,
) -> list[NoteLine]:
    """The notes about a customer by their dates, those of these associates only where some are
    named; the newest thousand at most. One query.
    """
    rows = Note.objects.filter(org_id=org_id, customer_id=customer_id)
    if associate_ids:
        rows = rows.filter(associate_id__in=associate_ids)
    found = rows.select_related("store", "added_by").order_by("-noted_at", "-id")[:limit]
    lines = [
        NoteLine(
            row.pk,
            row.description,
            row.associate_id,
            row.noted_at,
            str(row.store) if row.store else "",
            str(row.added_by) if row.added_by else "",
            row.added_at,
        )
        for row in found
    ]
    return lines if newest_first else lines[::-1]
