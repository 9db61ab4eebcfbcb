"""Remarks for refusals and notices of transaction imports, with their columns."""

from collections.abc import Callable, Iterable, Mapping

from crm.imports.columns import ColumnOf
from crm.imports.operations.staged_rows import Remark
from crm.kernel.errors import DomainError, Notice
from customers import errors as customer_errors
from customers import notices
from loyalty import errors
from loyalty.imports import transaction_columns as c

CHANGED_SINCE_PREVIEW = (
    "The customer has changed since the preview; not imported. Check the file again."
)
_FIELDS: Mapping[str, str] = {"amount": c.AMOUNT, "discount": c.DISCOUNT, "notes": c.NOTES}
_LINE_FIELDS = (c.CODE, c.DESCRIPTION, c.QUANTITY, c.RATE)

_REFUSALS: Mapping[type[DomainError], tuple[str, str]] = {
    errors.TransactionNeedsCustomer: (
        "",
        "This row has no customer. Give one, or change the option for rows without a customer.",
    ),
    errors.TransactionUnknown: (
        c.RETURNED,
        "This customer has no such transaction. A purchase must come before its return.",
    ),
    errors.ReturnExceedsPurchase: (
        "",
        "The return exceeds the purchase; {left:,.2f} can still be returned.",
    ),
    errors.TransactionEntityUnknown: (c.STORE, "There is no such store."),
    errors.LedgerDateInvalid: (c.DATE, "The date is in the future, or too far in the past."),
    customer_errors.CustomerUnknown: ("", "The customer no longer exists."),
    customer_errors.CustomerMerged: ("", "The customer was merged into another customer."),
}


def build_refusal_remark(refusal: DomainError, column_of: ColumnOf) -> Remark:
    """Build the remark of a refused transaction."""
    if isinstance(refusal, errors.AmountInvalid | errors.LedgerTextInvalid):
        return _build_field_remark(str(refusal.facts.get("field", "")), refusal, column_of)
    target, sentence = _REFUSALS.get(type(refusal), ("", f"Refused: {refusal.code}."))
    return column_of(target), sentence.format(**refusal.facts)


def build_known_remark(refusal: errors.TransactionKnown) -> Remark:
    """Build the remark of a transaction that was entered before."""
    entered = refusal.facts.get("transaction_id")
    return "", f"Entered before{f' as transaction {entered}' if entered else ''}."


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
            f"The value of {warning.facts.get('name')} is invalid and was ignored.",
        )
        for warning in warnings
    ]


def _build_field_remark(field: str, refusal: DomainError, column_of: ColumnOf) -> Remark:
    target = _FIELDS.get(field, f"{c.LINE}.{field}" if field in _LINE_FIELDS else "")
    if isinstance(refusal, errors.LedgerTextInvalid):
        return column_of(
            target
        ), f"The {field.replace('_', ' ')} is too long or has invalid characters."
    return column_of(target), f"The {field.replace('_', ' ')} is missing, negative or too large."
