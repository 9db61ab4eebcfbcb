"""Remarks for refused rows."""

from collections.abc import Mapping

from crm.imports.columns import ColumnOf
from crm.imports.operations.staged_rows import Remark
from crm.kernel.errors import DomainError
from crm.messages import explain

# The target in the column mapping that is at fault; a refusal without one is about the row.
Targets = Mapping[type[DomainError], str]


def build_remark(refusal: DomainError, targets: Targets, column_of: ColumnOf) -> Remark:
    """Build the remark of a refused row, at the column that is at fault."""
    return column_of(targets.get(type(refusal), "")), explain(refusal)
