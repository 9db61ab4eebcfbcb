"""Apply the staged rows of a transaction import, exactly as previewed."""

from collections.abc import Sequence

from crm.imports.operations.staged_rows import Remark, mark_applied, mark_refused
from crm.imports.queries.import_runs import StagedRow
from crm.kernel.query_plans import force_custom_plans
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.imports.transactions.sentences import (
    CHANGED_SINCE_PREVIEW,
    build_known_remark,
    build_refusal_remark,
)
from loyalty.imports.transactions.transaction_plan import (
    ImportedTransaction,
    build_preview,
    group_rows,
)
from loyalty.imports.transactions.transaction_rows import TransactionReader
from loyalty.operations.transactions.enter import enter_transactions


@within_unit_of_work
def apply_rows(
    *, origin: Origin, reader: TransactionReader, rows: Sequence[StagedRow]
) -> dict[str, int]:
    """Enter whole transactions as staged; return the number of rows entered and changed.

    A transaction whose customer has changed since, or that is refused by now, is not entered; its
    rows get a remark.
    """
    force_custom_plans()
    transactions = group_rows(reader, rows)
    subject_ids: dict[int, int] = {}
    remarks: dict[int, list[Remark]] = {}
    to_enter = []
    for transaction in transactions:
        if (
            transaction.sale is not None
            and build_preview(transaction.sale) == transaction.head.after
        ):
            to_enter.append((transaction, transaction.sale))
        else:
            _skip_transaction(transaction, ("", CHANGED_SINCE_PREVIEW), remarks)
    outcomes = enter_transactions(origin=origin, sales=[sale for _, sale in to_enter])
    for (transaction, _), outcome in zip(to_enter, outcomes, strict=True):
        refusal = outcome.refusal
        if refusal is None:
            subject_ids |= {row.pk: outcome.transaction_id or 0 for row in transaction.rows}
        elif isinstance(refusal, errors.TransactionKnown):
            _skip_transaction(transaction, build_known_remark(refusal), remarks)
        else:
            _skip_transaction(transaction, build_refusal_remark(refusal, reader.column_of), remarks)
    mark_applied(subjects=sorted(subject_ids.items()))
    mark_refused(remarks=sorted(remarks.items()))
    entered = sum(1 for outcome in outcomes if outcome.refusal is None)
    return {
        "create": len(subject_ids),
        "changed": len(remarks),
        "bills": entered,
        "points": sum(1 for outcome in outcomes if outcome.points_result is not None),
    }


def _skip_transaction(
    transaction: ImportedTransaction, remark: Remark, remarks: dict[int, list[Remark]]
) -> None:
    remarks |= {row.pk: [remark] for row in transaction.rows}
