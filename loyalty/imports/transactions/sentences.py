"""Refusals and notices about bills in words for staff, with the column that they are about."""

from collections.abc import Callable, Iterable, Mapping

from crm.importing.columns import ColumnOf
from crm.kernel.errors import DomainError, Notice
from crm.runs.operations.staging import Remark
from customers import errors as customer_errors
from customers import notices
from loyalty import errors
from loyalty.imports.transactions import columns as c

CHANGED = "The customer has changed since the preview; nothing was done. Check the file again."
_FIELDS: Mapping[str, str] = {"amount": c.AMOUNT, "discount": c.DISCOUNT, "notes": c.NOTES}
_LINE_FIELDS = (c.CODE, c.DESCRIPTION, c.QUANTITY, c.RATE)

_REFUSALS: Mapping[type[DomainError], tuple[str, str]] = {
    errors.TransactionNeedsCustomer: (
        "",
        "No customer is named. Name one, or let such rows be sales that nobody is interested in.",
    ),
    errors.TransactionUnknown: (
        c.RETURNED,
        "This customer has no such bill. A bill must stand before its return.",
    ),
    errors.ReturnExceedsPurchase: ("", "More comes back than was bought; {left:,.2f} is left."),
    errors.TransactionEntityUnknown: (c.STORE, "There is no such store."),
    errors.LedgerDateInvalid: (c.DATE, "The date lies in the future, or too far back."),
    customer_errors.CustomerUnknown: ("", "The customer is gone."),
    customer_errors.CustomerMerged: ("", "The customer was merged into another one."),
}


def refused(refusal: DomainError, column_of: ColumnOf) -> Remark:
    """Say why a bill is an error."""
    if isinstance(refusal, errors.AmountInvalid | errors.LedgerTextInvalid):
        return _about_field(str(refusal.facts.get("field", "")), refusal, column_of)
    target, sentence = _REFUSALS.get(type(refusal), ("", f"Refused: {refusal.code}."))
    return column_of(target), sentence.format(**refusal.facts)


def known(refusal: errors.TransactionKnown) -> Remark:
    """Say that a bill was entered before."""
    entered = refusal.facts.get("transaction_id")
    return "", f"Entered before{f' as transaction {entered}' if entered else ''}."


def noticed(said: Iterable[Notice], column_of: Callable[[str], str]) -> list[Remark]:
    """Say which fields were left out of a bill that goes in."""
    return [
        (
            column_of(
                f"{c.CUSTOM if one.code == notices.FIELD_INVALID else c.EXTENDED}."
                f"{one.facts.get('name')}"
            ),
            f"The value of {one.facts.get('name')} does not fit and was left out.",
        )
        for one in said
    ]


def _about_field(field: str, refusal: DomainError, column_of: ColumnOf) -> Remark:
    target = _FIELDS.get(field, f"{c.LINE}.{field}" if field in _LINE_FIELDS else "")
    if isinstance(refusal, errors.LedgerTextInvalid):
        return column_of(target), f"The {field.replace('_', ' ')} is too long or unreadable."
    return column_of(target), f"The {field.replace('_', ' ')} is missing, negative or too large."
