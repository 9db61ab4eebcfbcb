"""Undo bills: their points are reversed; a bill that moved none goes, another stays as deleted."""

from collections.abc import Collection, Mapping, Sequence

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.model_names import get_model_name
from crm.kernel.obstacles import USED_ELSEWHERE
from crm.kernel.row_links import find_links
from crm.kernel.staff_texts import StaffText, staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from loyalty.models import LineItem, PointsEntry, Transaction
from loyalty.operations.undo.entries import reverse_entries
from loyalty.rules.transactions import RETURNS

RETURNED_SINCE = staff_text("Its goods were brought back since.")
CHANGED_SINCE = staff_text("The bill is deleted already, or is gone.")
DELETED = Transaction.OutlierStatus.DELETED
_OWN_LINKS = {
    "loyalty.LineItem.transaction",
    "loyalty.PointsEntry.transaction",
    "loyalty.PointsLot.transaction",
    # Looked at by themselves: a return that is deleted does not count.
    "loyalty.Transaction.returned",
    "loyalty.Transaction.part_of",
}


def list_entries(transaction_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the ids of the entries of these transactions; one query."""
    entries: dict[int, list[int]] = {}
    for pk, transaction_id in (
        PointsEntry.objects.filter(transaction_id__in=transaction_ids)
        .order_by("id")
        .values_list("id", "transaction_id")
    ):
        if transaction_id is not None:
            entries.setdefault(transaction_id, []).append(pk)
    return entries


@within_unit_of_work
def undo_transactions(
    *, origin: Origin, entries: Mapping[int, Sequence[int]]
) -> dict[int, StaffText]:
    """Undo transactions, given with their entries of the ledger, in this order; return why not.

    Returns are undone before purchases, so that a purchase is free of a return that goes with it.
    The number of queries does not depend on the number of transactions.
    """
    rows = Transaction.objects.filter(pk__in=entries, org_id=origin.org.pk)
    lock_customers(set(rows.values_list("customer_id", flat=True)))
    locked = {row.pk: row for row in rows.order_by("pk").select_for_update()}
    obstacles: dict[int, StaffText] = {
        pk: CHANGED_SINCE
        for pk in entries
        if pk not in locked or locked[pk].outlier_status == DELETED
    }
    links = find_links(Transaction, [*locked], ignored=_OWN_LINKS)
    obstacles |= {pk: USED_ELSEWHERE(name=get_model_name(model)) for pk, model in links.items()}
    for is_return in (True, False):
        chosen = {
            pk: entries[pk]
            for pk in entries
            if pk not in obstacles and (locked[pk].type in RETURNS) == is_return
        }
        obstacles |= _undo_rows(origin, {pk: locked[pk] for pk in chosen}, chosen)
    return obstacles


def _undo_rows(
    origin: Origin, rows: Mapping[int, Transaction], entries: Mapping[int, Sequence[int]]
) -> dict[int, StaffText]:
    if not rows:
        return {}
    returns = (
        Transaction.objects.filter(returned_id__in=rows)
        .exclude(outlier_status=DELETED)
        .values_list("returned_id", flat=True)
    )
    obstacles: dict[int, StaffText] = {
        pk: RETURNED_SINCE for pk in returns.distinct() if pk is not None
    }
    free = {pk: entries[pk] for pk in rows if pk not in obstacles}
    obstacles |= reverse_entries(origin=origin, items=free)
    undone = [pk for pk in free if pk not in obstacles]
    kept = set(
        PointsEntry.objects.filter(transaction_id__in=undone).values_list(
            "transaction_id", flat=True
        )
    )
    # A purchase is still named by its deleted return.
    kept |= set(
        Transaction.objects.filter(returned_id__in=undone).values_list("returned_id", flat=True)
    )
    _remove([pk for pk in undone if pk not in kept])
    Transaction.objects.filter(pk__in=[pk for pk in undone if pk in kept]).update(
        outlier_status=DELETED
    )
    _record_events(origin, rows, undone)
    return obstacles


def _remove(ids: Sequence[int]) -> None:
    LineItem.objects.filter(transaction_id__in=ids).delete()
    Transaction.objects.filter(pk__in=ids).delete()


def _record_events(origin: Origin, rows: Mapping[int, Transaction], undone: Sequence[int]) -> None:
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "transaction.undone",
                "transaction",
                pk,
                before={
                    "number": rows[pk].number,
                    "type": rows[pk].type,
                    "amount": str(rows[pk].amount),
                    "customer": rows[pk].customer_id,
                },
            )
            for pk in undone
        ],
    )
