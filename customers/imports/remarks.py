"""Remarks for refusals and notices of customer imports, with their columns."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm.imports.columns import IDENTIFIER, ColumnOf
from crm.imports.customer_columns import IDENTIFIERS
from crm.imports.operations.staged_rows import Remark
from crm.imports.refusals import Targets, build_remark
from crm.imports.row_import import REPEATED_ROW
from crm.kernel.errors import DomainError, Notice
from crm.kernel.staff_texts import TextTemplate, staff_text
from crm.messages import explain, explain_code
from customers import errors, notices
from customers.imports import customer_columns as c

VALUE_IGNORED = TextTemplate("The value {reason} and was ignored.")
REPEATED_CUSTOMER = TextTemplate("Same customer as row {number}.")

Facts = Mapping[str, Any]

_MOBILE, _EMAIL = f"{IDENTIFIER}.mobile", f"{IDENTIFIER}.email"
_REASONS = {
    "unknown": staff_text("is not a field of this organization"),
    "ill_typed": staff_text("does not fit the field's type"),
    "too_long": staff_text("is too long"),
    "not_an_option": staff_text("is not one of the field's options"),
}

_TARGETS: Targets = {
    errors.MobileInvalid: _MOBILE,
    errors.EmailInvalid: _EMAIL,
    errors.ExternalIdInvalid: f"{IDENTIFIER}.externalId",
    errors.ChannelMobileInvalid: _MOBILE,
    errors.ChannelEmailInvalid: _EMAIL,
    errors.NameInvalid: c.FIRST_NAME,
    errors.RegistrationDateInvalid: c.REGISTERED_ON,
    errors.SourceAccountUnknown: c.SOURCE,
    errors.AccountIdMissing: c.ACCOUNT_ID,
    errors.AssociatedTillUnknown: c.TILL,
    errors.LoyaltyDowngrade: c.LOYALTY_TYPE,
    errors.NonLoyaltyWithoutIdentifier: c.LOYALTY_TYPE,
}
CHANGED_SINCE_PREVIEW = staff_text(
    "This customer has changed since the preview and was not imported. Check the file again."
)


def build_refusal_remark(refusal: DomainError, column_of: ColumnOf) -> Remark:
    """Build the remark of a refused row."""
    if isinstance(refusal, errors.IdentifierInvalid | errors.ChannelInvalid):
        kind = str(refusal.facts.get("kind", ""))
        return column_of(f"{IDENTIFIER}.{kind}"), explain(refusal)
    return build_remark(refusal, _TARGETS, column_of)


def build_notice_remarks(warnings: Iterable[Notice], column_of: ColumnOf) -> list[Remark]:
    """Build the remarks of values that were ignored in an imported row."""
    return [_build_notice_remark(warning.code, warning.facts, column_of) for warning in warnings]


def _build_notice_remark(code: str, facts: Facts, column_of: ColumnOf) -> Remark:
    if code == notices.IDENTIFIER_UNCHANGED:
        return column_of(f"{IDENTIFIER}.{facts['kind']}"), explain_code(code, facts)
    if code in (notices.FIELD_INVALID, notices.EXTENDED_FIELD_INVALID):
        kind = c.CUSTOM if code == notices.FIELD_INVALID else c.EXTENDED
        reason = _REASONS.get(str(facts.get("reason")), "does not fit")
        return column_of(f"{kind}.{facts['name']}"), VALUE_IGNORED(reason=reason)
    return "", explain_code(code, facts)


def build_repeat_remark(kind: str, number: int, column_of: ColumnOf) -> Remark:
    """Build the remark of a row that repeats an earlier one."""
    if kind == CUSTOMER_KEY:
        return "", REPEATED_CUSTOMER(number=number)
    label = IDENTIFIERS[kind][0]
    name = label.lower() if kind in ("mobile", "email", "externalId") else label
    return column_of(f"{IDENTIFIER}.{kind}"), REPEATED_ROW(name=name, number=number)


# Not an identifier type: the key that a row claims for a known customer.
CUSTOMER_KEY = "customer"
