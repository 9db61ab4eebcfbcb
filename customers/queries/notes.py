"""Reading the notes about a customer (v1.1, "Retrieve Customer Notes")."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from customers.models import Note
from customers.rules.text import is_writable

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
    lines = list_notes_of(
        org_id=org_id, customer_ids=[customer_id], associate_ids=associate_ids, limit=limit
    )[customer_id]
    return lines[::-1] if newest_first else lines


def list_notes_of(
    *,
    org_id: int,
    customer_ids: Collection[int],
    associate_ids: Collection[str] = (),
    limit: int = MOST,
) -> dict[int, list[NoteLine]]:
    """The notes about each of these customers by their dates, the newest thousand in all; one
    query.
    """
    listed: dict[int, list[NoteLine]] = {pk: [] for pk in customer_ids}
    rows = Note.objects.filter(org_id=org_id, customer_id__in=listed)
    if associate_ids:
        # What cannot be stored is nobody's, and PostgreSQL would not even compare it.
        rows = rows.filter(associate_id__in=[one for one in associate_ids if is_writable(one)])
    found = rows.select_related("store", "added_by").order_by("-noted_at", "-id")[:limit]
    for row in reversed(found):
        listed[row.customer_id].append(
            NoteLine(
                row.pk,
                row.description,
                row.associate_id,
                row.noted_at,
                str(row.store) if row.store else "",
                str(row.added_by) if row.added_by else "",
                row.added_at,
            )
        )
    return listed
