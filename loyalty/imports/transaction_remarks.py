"""Remarks for refusals and notices of transaction imports, with their columns."""

from collections.abc import Callable, Iterable, Mapping

from crm.imports.columns import ColumnOf
from crm.imports.operations.staged_rows import Remark
from crm.imports.refusals import Targets, build_remark
from crm.kernel.errors import DomainError, Notice
from crm.kernel.staff_texts import TextTemplate, staff_text
from crm.messages import explain, explain_code
from customers import notices
from loyalty import errors
from loyalty.imports import transaction_columns as c

ENTERED_AS = TextTemplate("Entered before as transaction {id}.")

CHANGED_SINCE_PREVIEW = staff_text(
    "The customer has changed since the preview; not imported. Check the file again."
)
_FIELDS: Mapping[str, str] = {"amount": c.AMOUNT, "discount": c.DISCOUNT, "notes": c.NOTES}
_LINE_FIELDS = (c.CODE, c.DESCRIPTION, c.QUANTITY, c.RATE)

_TARGETS: Targets = {
    errors.TransactionUnknown: c.RETURNED,
    errors.TransactionEntityUnknown: c.STORE,
    errors.LedgerDateInvalid: c.DATE,
}


def build_refusal_remark(refusal: DomainError, column_of: ColumnOf) -> Remark:
    """Build the remark of a refused transaction."""
    if isinstance(refusal, errors.AmountInvalid | errors.LedgerTextInvalid):
        return column_of(_find_target(str(refusal.facts.get("field", "")))), explain(refusal)
    return build_remark(refusal, _TARGETS, column_of)


def build_known_remark(refusal: errors.TransactionKnown) -> Remark:
    """Build the remark of a transaction that was entered before."""
    entered = refusal.facts.get("transaction_id")
    return "", (ENTERED_AS(id=entered) if entered else staff_text("Entered before."))


def build_notice_remarks(
    warnings: Iterable[Notice], column_of: Callable[[str], str]
) -> list[Remark]:
    """Build the remarks of field values that were ignored in an imported transaction."""
    return [
        (
            column_of(
                f"{c.CUSTOM if warning.code == notices.FIELD_INVALID else c.EXTENDED}."
                f"{warning.facts.get('name')}"
            ),
            explain_code(warning.code, warning.facts),
        )
        for warning in warnings
    ]


def _find_target(field: str) -> str:
    return _FIELDS.get(field, f"{c.LINE}.{field}" if field in _LINE_FIELDS else "")
