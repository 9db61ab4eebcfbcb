"""Reading the notes about a customer (v1.1, "Retrieve Customer Notes")."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from customers.models import Note
from customers.rules.text import is_writable

MAX_NOTES = 1_000


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
    limit: int = MAX_NOTES,
    newest_first: bool = False,
) -> list[NoteLine]:
    """Return a customer's notes by date, optionally of these associates only; one query.

    At most the newest thousand are returned.
    """
    lines = list_notes_by_customer(
        org_id=org_id, customer_ids=[customer_id], associate_ids=associate_ids, limit=limit
    )[customer_id]
    return lines[::-1] if newest_first else lines


def list_notes_by_customer(
    *,
    org_id: int,
    customer_ids: Collection[int],
    associate_ids: Collection[str] = (),
    limit: int = MAX_NOTES,
) -> dict[int, list[NoteLine]]:
    """Return the notes of each customer by date, the newest thousand in all; one query."""
    lines_by_customer: dict[int, list[NoteLine]] = {pk: [] for pk in customer_ids}
    rows = Note.objects.filter(org_id=org_id, customer_id__in=lines_by_customer)
    if associate_ids:
        # Unwritable text cannot match, and PostgreSQL would raise an error.
        rows = rows.filter(
            associate_id__in=[
                associate_id for associate_id in associate_ids if is_writable(associate_id)
            ]
        )
    newest = rows.select_related("store", "added_by").order_by("-noted_at", "-id")[:limit]
    for row in reversed(newest):
        lines_by_customer[row.customer_id].append(
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
    return lines_by_customer
