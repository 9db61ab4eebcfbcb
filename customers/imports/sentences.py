"""Remarks for refusals and notices of customer imports, with their columns."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm.imports.columns import IDENTIFIER, ColumnOf
from crm.imports.customer_columns import IDENTIFIERS
from crm.imports.operations.staged_rows import Remark
from crm.kernel.errors import DomainError, Notice
from customers import errors, notices
from customers.imports import customer_columns as c

Facts = Mapping[str, Any]

_MOBILE, _EMAIL = f"{IDENTIFIER}.mobile", f"{IDENTIFIER}.email"
_REASONS = {
    "unknown": "is not a field of this organization",
    "ill_typed": "does not fit the field's type",
    "too_long": "is too long",
    "not_an_option": "is not one of the field's options",
}

_REFUSALS: Mapping[type[DomainError], tuple[str, str]] = {
    errors.NoIdentifier: ("", "This row has no identifier: no mobile, email or other id."),
    errors.MobileInvalid: (_MOBILE, "Invalid mobile number."),
    errors.EmailInvalid: (_EMAIL, "Invalid email address."),
    errors.ExternalIdInvalid: (f"{IDENTIFIER}.externalId", "Invalid external id."),
    errors.ChannelMobileInvalid: (_MOBILE, "Invalid mobile number."),
    errors.ChannelEmailInvalid: (_EMAIL, "Invalid email address."),
    errors.NameInvalid: (c.FIRST_NAME, "This name is too long or has invalid characters."),
    errors.RegistrationDateInvalid: (c.REGISTERED_ON, "The date is in the future."),
    errors.SourceAccountUnknown: (c.SOURCE, "There is no such source account."),
    errors.AccountIdMissing: (
        c.ACCOUNT_ID,
        "This source has several accounts. Give the account id.",
    ),
    errors.AssociatedTillUnknown: (c.TILL, "There is no such till."),
    errors.IdentifiersOfSeveralCustomers: (
        "",
        "The identifiers of this row belong to two or more customers.",
    ),
    errors.IdentifierRegistered: ("", "The identifier is registered in this source already."),
    errors.SourceAccountShared: ("", "The customer has another profile in this source."),
    errors.LoyaltyDowngrade: (
        c.LOYALTY_TYPE,
        "A loyalty customer cannot become a non-loyalty customer.",
    ),
    errors.CustomerMerged: ("", "The customer was merged into another customer."),
    errors.CustomerUnknown: ("", "The customer no longer exists."),
    errors.NoProfileInSource: ("", "The customer has no profile in this source."),
}
CHANGED_SINCE_PREVIEW = (
    "This customer has changed since the preview and was not imported. Check the file again."
)


def build_refusal_remark(refusal: DomainError, column_of: ColumnOf) -> Remark:
    """Build the remark of a refused row."""
    if isinstance(refusal, errors.IdentifierInvalid | errors.ChannelInvalid):
        kind = str(refusal.facts.get("kind", ""))
        name = IDENTIFIERS[kind][0] if kind in IDENTIFIERS else kind
        return column_of(f"{IDENTIFIER}.{kind}"), f"Invalid {name}."
    target, sentence = _REFUSALS.get(type(refusal), ("", f"Refused: {refusal.code}."))
    return column_of(target), sentence


def build_notice_remarks(warnings: Iterable[Notice], column_of: ColumnOf) -> list[Remark]:
    """Build the remarks of values that were ignored in an imported row."""
    return [_build_notice_remark(warning.code, warning.facts, column_of) for warning in warnings]


def _build_notice_remark(code: str, facts: Facts, column_of: ColumnOf) -> Remark:
    if code == notices.IDENTIFIER_UNCHANGED:
        kind = str(facts["kind"])
        name = IDENTIFIERS[kind][0] if kind in IDENTIFIERS else kind
        return (
            column_of(f"{IDENTIFIER}.{kind}"),
            f"The customer has another {name} or none here; imports do not change identifiers.",
        )
    if code in (notices.FIELD_INVALID, notices.EXTENDED_FIELD_INVALID):
        kind = c.CUSTOM if code == notices.FIELD_INVALID else c.EXTENDED
        reason = _REASONS.get(str(facts.get("reason")), "does not fit")
        return column_of(f"{kind}.{facts['name']}"), f"The value {reason} and was ignored."
    return "", code


def build_repeat_remark(kind: str, number: int, column_of: ColumnOf) -> Remark:
    """Build the remark of a row that repeats an earlier one."""
    if kind == CUSTOMER_KEY:
        return "", f"Same customer as row {number}."
    label = IDENTIFIERS[kind][0]
    name = label.lower() if kind in ("mobile", "email", "externalId") else label
    return column_of(f"{IDENTIFIER}.{kind}"), f"Same {name} as row {number}."


# Not an identifier type: the key that a row claims for a known customer.
CUSTOMER_KEY = "customer"
