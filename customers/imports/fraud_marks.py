"""The import of fraud statuses: who is marked as fraud, or cleared, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import IDENTIFIER, ChoiceColumn, Column, ColumnOf
from crm.imports.customer_columns import build_customer_columns, find_customers
from crm.imports.file_import import ERROR, UNCHANGED, UPDATE
from crm.imports.operations.staged_rows import Key, Remark
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.readings import CellFormats
from crm.imports.refusals import Targets, build_remark
from crm.imports.row_import import NOTHING_DIFFERS, REPEATED_ROW, RowImport
from crm.imports.undo_context import UndoContext
from crm.kernel.errors import DomainError
from crm.kernel.staff_texts import StaffText, staff_text
from crm.messages import explain
from crm.tenancy.models import Organization, Scope
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer
from customers.operations.customers.fraud import mark_frauds
from customers.operations.customers.lock import lock_customers
from customers.rules.fraud import FraudMark

CUSTOMER, STATUS, REASON = "customer", "status", "reason"
CHANGED_SINCE = staff_text("The fraud status was changed since.")
_TARGETS: Targets = {errors.FraudStatusInvalid: STATUS, errors.ReasonInvalid: REASON}


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudMapping(ColumnMapping):
    """The column mapping; there are no options of its own."""


class FraudMarkImport(RowImport):
    """Sets fraud statuses of known customers, by the right to mark customers as fraud."""

    key = "fraud_marks"
    singular = "fraud status"
    plural = "fraud statuses"
    permission = "customers.mark_fraud"
    # Approvers may mark single customers; files also need the permission to import customers.
    extra_permissions = ["customers.import_customers"]
    scope = Scope.CUSTOMERS_FRAUD
    subject = "customers.customer"
    example = ["Mobile", "Fraud status", "Reason"]
    hints = [
        staff_text(
            "Each row marks a customer as fraud, or clears the mark, with a reason. From Confirmed "
            "on a customer earns nothing."
        ),
    ]
    mapping_class = FraudMapping
    required_columns = [
        (IDENTIFIER, staff_text("Map a column to a customer identifier.")),
        (STATUS, staff_text("Map a column to the fraud status.")),
        (REASON, staff_text("Map a column to the reason.")),
    ]
    required_cells = [
        (IDENTIFIER, staff_text("The row names no customer.")),
        (STATUS, staff_text("Enter a fraud status.")),
        (REASON, staff_text("Give a reason.")),
    ]
    mapping: FraudMapping

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return {
            staff_text("Customer"): build_customer_columns(),
            staff_text("Fraud"): [
                ChoiceColumn(
                    STATUS,
                    staff_text("Fraud status"),
                    [*Customer.FraudStatus.choices, ("NONE", Customer.FraudStatus.NOT_FRAUD.label)],
                    "fraud fraudstatus",
                ),
                Column(REASON, staff_text("Reason"), "notes note comment comments why fraudreason"),
            ],
        }

    def list_keys(self, origin: Origin, parsed: ParsedRow) -> Sequence[Key]:
        return [(CUSTOMER, f"{kind} {value}") for kind, value in parsed.lookup]

    def describe_repeat(self, kind: str, number: int) -> Remark:
        return "", REPEATED_ROW(name=kind, number=number)

    def act(self, origin: Origin, rows: Sequence[ParsedRow]) -> list[RowEffect]:
        """Mark the customers of a chunk; of two rows about one customer, the later one counts."""
        customers = find_customers(origin.org.pk, rows, self.column_of)
        marks = {
            customer: FraudMark(row.values[STATUS], row.values[REASON])
            for row, customer in zip(rows, customers, strict=True)
            if isinstance(customer, int)
        }
        stored = lock_customers(marks)
        before = {pk: (row.fraud_status, row.fraud_reason) for pk, row in stored.items()}
        refusals = mark_frauds(origin=origin, marks=marks)
        return [
            _build_effect(customer, before, marks, refusals, self.column_of)
            if isinstance(customer, int)
            # A row that names no customer was refused when it was read.
            else RowEffect(ERROR, remarks=[customer] if customer else [])
            for customer in customers
        ]

    def undo_rows(self, *, context: UndoContext, rows: Sequence[UndoRow]) -> dict[int, StaffText]:
        """Give customers the fraud status they had; one that was changed since stays."""
        customers = lock_customers({row.subject_id for row in rows})
        obstacles: dict[int, StaffText] = {}
        marks: dict[int, tuple[int, FraudMark]] = {}
        for row in rows:
            customer = customers.get(row.subject_id or 0)
            written = (row.after["fraud_status"], row.after["reason"])
            if customer is None or (customer.fraud_status, customer.fraud_reason) != written:
                obstacles[row.pk] = CHANGED_SINCE
            else:
                mark = FraudMark(row.before["fraud_status"], row.before["reason"])
                marks[customer.pk] = (row.pk, mark)
        refusals = mark_frauds(
            origin=context.origin, marks={pk: mark for pk, (_, mark) in marks.items()}
        )
        return obstacles | {marks[pk][0]: explain(refusal) for pk, refusal in refusals.items()}


def _build_effect(
    customer_id: int,
    before: Mapping[int, tuple[str, str]],
    marks: Mapping[int, FraudMark],
    refusals: Mapping[int, DomainError],
    column_of: ColumnOf,
) -> RowEffect:
    if customer_id in refusals:
        return RowEffect(ERROR, remarks=[build_remark(refusals[customer_id], _TARGETS, column_of)])
    mark = marks[customer_id]
    status, reason = before[customer_id]
    new_status = "NOT_FRAUD" if mark.status == "NONE" else mark.status
    if (status, reason) == (new_status, mark.reason.strip()):
        return RowEffect(UNCHANGED, customer_id, remarks=[("", NOTHING_DIFFERS)])
    return RowEffect(
        UPDATE,
        customer_id,
        {"fraud_status": status, "reason": reason},
        {"fraud_status": new_status, "reason": mark.reason.strip()},
    )
