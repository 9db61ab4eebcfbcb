"""Entering the bills that the dry run showed, and nothing else."""

from collections.abc import Sequence

from crm.kernel.planning import plan_for_growing_tables
from crm.kernel.transactions import within_unit_of_work
from crm.runs.operations.staging import Remark, mark_applied, mark_refused
from crm.runs.queries.imports import StagedRow
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.imports.transactions.plan import Bill, gather, shown
from loyalty.imports.transactions.reading import TransactionReader
from loyalty.imports.transactions.sentences import CHANGED, known, refused
from loyalty.operations.transacting import enter_transactions


@within_unit_of_work
def apply_rows(
    *, origin: Origin, reader: TransactionReader, rows: Sequence[StagedRow]
) -> dict[str, int]:
    """Enter whole bills as staged; return how many rows went in, or no longer could.

    A bill that is another customer's by now is left out, and so is one that is refused by now:
    its rows say why.
    """
    plan_for_growing_tables()
    bills = gather(reader, rows)
    subjects: dict[int, int] = {}
    remarks: dict[int, list[Remark]] = {}
    wanted = []
    for bill in bills:
        if bill.sale is not None and shown(bill.sale) == bill.head.after:
            wanted.append((bill, bill.sale))
        else:
            _leave_out(bill, ("", CHANGED), remarks)
    outcomes = enter_transactions(origin=origin, sales=[sale for _, sale in wanted])
    for (bill, _), outcome in zip(wanted, outcomes, strict=True):
        refusal = outcome.refusal
        if refusal is None:
            subjects |= {row.pk: outcome.transaction_id or 0 for row in bill.rows}
        elif isinstance(refusal, errors.TransactionKnown):
            _leave_out(bill, known(refusal), remarks)
        else:
            _leave_out(bill, refused(refusal, reader.column_of), remarks)
    mark_applied(subjects=sorted(subjects.items()))
    mark_refused(remarks=sorted(remarks.items()))
    entered = sum(1 for outcome in outcomes if outcome.refusal is None)
    return {
        "create": len(subjects),
        "changed": len(remarks),
        "bills": entered,
        "points": sum(1 for outcome in outcomes if outcome.posted is not None),
    }


def _leave_out(bill: Bill, remark: Remark, remarks: dict[int, list[Remark]]) -> None:
    remarks |= {row.pk: [remark] for row in bill.rows}
