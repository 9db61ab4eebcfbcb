"""Write accepted transactions with their line items."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, insert_unless_taken
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty.models import LineItem, Transaction
from loyalty.rules.amounts import ZERO
from loyalty.rules.transactions import Sale


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A clean transaction with its id, its program and the purchase it returns."""

    id: int
    sale: Sale
    program_id: int | None
    returned_id: int | None
    number_scope: int
    number_serial: int


@within_unit_of_work
def write_transactions(*, origin: Origin, rows: Sequence[TransactionRow]) -> set[int]:
    """Write the transactions whose numbers are free; return the ids of those written."""
    # In the order of the constraint, so that two units of work cannot deadlock.
    ordered_rows = sorted(
        rows, key=lambda row: (row.sale.number, row.number_scope, row.sale.type, row.id)
    )
    written_ids = insert_unless_taken(
        Transaction,
        (
            "id",
            "org_id",
            "customer_id",
            "program_id",
            "type",
            "number",
            "number_scope",
            "number_serial",
            "store_id",
            "till_id",
            "billed_at",
            "returned_id",
            "amount",
            "gross_amount",
            "discount",
            "payments",
            "notes",
            "return_type",
            "delivery_status",
            "outlier_status",
            "not_interested_reason",
            "currency_code",
            "credit_note",
            "source_account_id",
            "custom_fields",
            "extended_fields",
            "entered_by_id",
            "recorded_at",
        ),
        [
            (
                row.id,
                origin.org.pk,
                row.sale.customer_id,
                row.program_id,
                row.sale.type,
                row.sale.number,
                row.number_scope,
                row.number_serial,
                row.sale.store_id,
                row.sale.till_id,
                row.sale.billed_at,
                row.returned_id,
                row.sale.amount,
                row.sale.gross_amount,
                row.sale.discount,
                list(row.sale.payments),
                row.sale.notes,
                row.sale.return_type,
                row.sale.delivery_status,
                row.sale.outlier_status,
                row.sale.not_interested_reason,
                row.sale.currency_code,
                row.sale.credit_note,
                row.sale.source_account_id,
                dict(row.sale.custom_fields),
                dict(row.sale.extended_fields),
                origin.actor_id,
                origin.at,
            )
            for row in ordered_rows
        ],
    )
    written_rows = [row for row in rows if row.id in written_ids]
    _write_line_items(written_rows)
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "transaction.entered",
                "transaction",
                row.id,
                after={
                    "number": row.sale.number,
                    "type": row.sale.type,
                    "amount": str(row.sale.amount),
                    "customer": row.sale.customer_id,
                },
            )
            for row in written_rows
        ],
    )
    return written_ids


def _write_line_items(rows: Sequence[TransactionRow]) -> None:
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
            "serial",
            "returned_id",
            "attributes",
            "custom_fields",
            "extended_fields",
            "details",
        ),
        [
            (
                row.id,
                position,
                line.item_code,
                line.description,
                line.quantity,
                line.rate,
                line.gross_amount,
                line.discount,
                ZERO if line.amount is None else line.amount,
                line.serial,
                line.returned_id,
                dict(line.attributes),
                dict(line.custom_fields),
                dict(line.extended_fields),
                dict(line.details),
            )
            for row in rows
            for position, line in enumerate(row.sale.lines, start=1)
        ],
    )
