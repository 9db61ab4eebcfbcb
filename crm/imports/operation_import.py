"""Imports whose rows are each one operation on a customer, for kinds that come in small files."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from django.db import transaction

from crm.imports.columns import IDENTIFIER
from crm.imports.customer_columns import find_customers
from crm.imports.file_import import ERROR
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.refusals import Targets, build_remark
from crm.imports.row_import import RowImport
from crm.kernel.errors import DomainError
from crm.kernel.staff_texts import staff_text
from crm.tenancy.origin import Origin

CUSTOMER_COLUMN = (IDENTIFIER, staff_text("Map a column to a customer identifier."))
CUSTOMER_CELL = (IDENTIFIER, staff_text("The row names no customer."))


class OperationImport(RowImport):
    """Writes each row in a savepoint of its own, as the operation of the API does.

    ``fault_targets``: the column that each refusal is about.
    """

    fault_targets: ClassVar[Targets] = {}

    @abstractmethod
    def write_row(self, origin: Origin, customer_id: int, row: ParsedRow) -> RowEffect:
        """Do what a row says and return its effect.

        Raises:
            DomainError: the row is refused.
        """

    def act(self, origin: Origin, rows: Sequence[ParsedRow]) -> list[RowEffect]:
        """Write the rows of a chunk; their customers are found by one query."""
        customers = find_customers(origin.org.pk, rows, self.column_of)
        return [
            self._write(origin, customer, row)
            if isinstance(customer, int)
            # A row that names no customer was refused when it was read.
            else RowEffect(ERROR, remarks=[customer] if customer else [])
            for customer, row in zip(customers, rows, strict=True)
        ]

    def _write(self, origin: Origin, customer_id: int, row: ParsedRow) -> RowEffect:
        try:
            # Roll back a refused row only.
            with transaction.atomic():
                return self.write_row(origin, customer_id, row)
        except DomainError as refusal:
            remark = build_remark(refusal, self.fault_targets, self.column_of)
        return RowEffect(ERROR, remarks=[remark])
