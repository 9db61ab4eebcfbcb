"""Writing transactions that were let in, with their lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, insert_unless_taken
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty.models import LineItem, Transaction
from loyalty.rules.transactions import Sale


@dataclass(frozen=True, slots=True)
class Entry:
    """A clean transaction, its key, and what it was found to belong to."""

    id: int
    sale: Sale
    program_id: int | None
    returned_id: int | None


@within_unit_of_work
def write_transactions(*, origin: Origin, entries: Sequence[Entry]) -> set[int]:
    """Write those whose number nobody was faster to enter; return the keys of what was written."""
    # In the order of the constraint, so that two units wait for each other in one direction only.
    ordered = sorted(
        entries, key=lambda e: (e.sale.number, e.sale.store_id or 0, e.sale.type, e.id)
    )
    written = insert_unless_taken(
        Transaction,
        (
            "id",
            "org_id",
            "customer_id",
            "program_id",
            "type",
            "number",
            "store_id",
            "till_id",
            "billed_at",
            "returned_id",
            "amount",
            "gross_amount",
            "discount",
            "payments",
            "notes",
            "custom_fields",
            "extended_fields",
            "entered_by_id",
            "recorded_at",
        ),
        [
            (
                entry.id,
                origin.org.pk,
                entry.sale.customer_id,
                entry.program_id,
                entry.sale.type,
                entry.sale.number,
                entry.sale.store_id,
                entry.sale.till_id,
                entry.sale.billed_at,
                entry.returned_id,
                entry.sale.amount,
                entry.sale.gross_amount,
                entry.sale.discount,
                list(entry.sale.payments),
                entry.sale.notes,
                dict(entry.sale.custom_fields),
                dict(entry.sale.extended_fields),
                origin.actor_id,
                origin.at,
            )
            for entry in ordered
        ],
    )
    kept = [entry for entry in entries if entry.id in written]
    _write_lines(kept)
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "transaction.entered",
                "transaction",
                entry.id,
                after={
                    "number": entry.sale.number,
                    "type": entry.sale.type,
                    "amount": str(entry.sale.amount),
                    "customer": entry.sale.customer_id,
                },
            )
            for entry in kept
        ],
    )
    return written


def _write_lines(entries: Sequence[Entry]) -> None:
    bulk_insert(
        LineItem,
        (
            "transaction_id",
            "position",
            "item_code",
            "description",
            "quantity",
            "rate",
            "gross_amount",
            "discount",
            "amount",
            "attributes",
            "extended_fields",
        ),
        [
            (
                entry.id,
                position,
                line.item_code,
                line.description,
                line.quantity,
                line.rate,
                line.gross_amount,
                line.discount,
                line.amount,
                dict(line.attributes),
                dict(line.extended_fields),
            )
            for entry in entries
            for position, line in enumerate(entry.sale.lines, start=1)
        ],
    )
