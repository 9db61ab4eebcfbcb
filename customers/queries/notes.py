"""Reading the notes about a customer (v1.1, "Retrieve Customer Notes")."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from crm.kernel.compiled_queries import CompiledQuery
from customers.models import Note
from customers.rules.text import is_writable

MAX_NOTES = 1_000
MAX_RECENT = 10
_LINE_COLUMNS = (
    *("customer_id", "pk", "description", "associate_id", "noted_at", "added_at"),
    *("store__name", "store__code", "added_by__name", "added_by__code"),
)


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
    newest = rows.order_by("-noted_at", "-id").values_list(*_LINE_COLUMNS)[:limit]
    for customer_id, *values in reversed(newest):
        lines_by_customer[customer_id].append(_build_line(values))
    return lines_by_customer


def list_recent_notes(*, org_id: int, customer_ids: Collection[int]) -> dict[int, list[NoteLine]]:
    """Return the ten newest notes of each customer by date; one query.

    Of many customers, only the newest thousand notes in all are looked at.
    """
    lines_by_customer: dict[int, list[NoteLine]] = {pk: [] for pk in customer_ids}
    for customer_id, *values in reversed(_NEWEST.fetch(lines_by_customer, org_id=org_id)):
        lines_by_customer[customer_id].append(_build_line(values))
    return {pk: lines[-MAX_RECENT:] for pk, lines in lines_by_customer.items()}


def _select_newest(ids: Sequence[int], org_id: int) -> QuerySet[Note, tuple[Any, ...]]:
    rows = Note.objects.filter(org_id=org_id, customer_id__in=ids)
    return rows.order_by("-noted_at", "-id").values_list(*_LINE_COLUMNS)[:MAX_NOTES]


_NEWEST = CompiledQuery(_select_newest)


def _build_line(values: Sequence[Any]) -> NoteLine:
    pk, description, associate_id, noted_at, added_at, *names = values
    store_name, store_code, adder_name, adder_code = names
    return NoteLine(
        pk,
        description,
        associate_id,
        noted_at,
        store_name or store_code or "",
        adder_name or adder_code or "",
        added_at,
    )
