"""Refusals and notices in words for staff, with the column that they are about."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm.importing.columns import ColumnOf
from crm.kernel.errors import DomainError, Notice
from crm.runs.operations.staging import Remark
from customers import errors, notices
from customers.imports import columns as c

Facts = Mapping[str, Any]

_MOBILE, _EMAIL = f"{c.IDENTIFIER}.mobile", f"{c.IDENTIFIER}.email"
_REASONS = {
    "unknown": "is no field of this organization",
    "ill_typed": "does not fit the field's type",
    "too_long": "is too long",
    "not_an_option": "is none of the field's values",
}

_REFUSALS: Mapping[type[DomainError], tuple[str, str]] = {
    errors.NoIdentifier: ("", "There is no identifier in this row: no mobile, email or other id."),
    errors.MobileInvalid: (_MOBILE, "This is no mobile number."),
    errors.EmailInvalid: (_EMAIL, "This is no email address."),
    errors.ExternalIdInvalid: (f"{c.IDENTIFIER}.externalId", "This is no external id."),
    errors.ChannelMobileInvalid: (_MOBILE, "This is no mobile number."),
    errors.ChannelEmailInvalid: (_EMAIL, "This is no email address."),
    errors.NameInvalid: (c.FIRST_NAME, "This name is too long or holds odd characters."),
    errors.RegistrationDateInvalid: (c.REGISTERED_ON, "The date lies in the future."),
    errors.SourceAccountUnknown: (c.SOURCE, "There is no such source account."),
    errors.AccountIdMissing: (c.ACCOUNT_ID, "This source has several accounts: which one?"),
    errors.AssociatedTillUnknown: (c.TILL, "There is no such till."),
    errors.IdentifiersOfSeveralCustomers: (
        "",
        "The identifiers of this row belong to two or more customers.",
    ),
    errors.IdentifierRegistered: ("", "The identifier is registered in this source already."),
    errors.SourceAccountShared: ("", "The customer is known in this source by something else."),
    errors.LoyaltyDowngrade: (c.LOYALTY_TYPE, "A loyalty customer stays one."),
    errors.CustomerMerged: ("", "The customer was merged into another one."),
    errors.CustomerUnknown: ("", "The customer is gone."),
    errors.NoProfileInSource: ("", "The customer is not known in this source."),
}
CHANGED = "This customer has changed since the preview; nothing was done. Check the file again."


def refused(refusal: DomainError, column_of: ColumnOf) -> Remark:
    """Say why a row is an error."""
    if isinstance(refusal, errors.IdentifierInvalid | errors.ChannelInvalid):
        kind = str(refusal.facts.get("kind", ""))
        name = c.IDENTIFIERS[kind][0] if kind in c.IDENTIFIERS else kind
        return column_of(f"{c.IDENTIFIER}.{kind}"), f"This is no {name}."
    target, sentence = _REFUSALS.get(type(refusal), ("", f"Refused: {refusal.code}."))
    return column_of(target), sentence


def noticed(warnings: Iterable[Notice], column_of: ColumnOf) -> list[Remark]:
    """Say what was passed over in rows that go in."""
    return [_noticed(warning.code, warning.facts, column_of) for warning in warnings]


def _noticed(code: str, facts: Facts, column_of: ColumnOf) -> Remark:
    if code == notices.IDENTIFIER_UNCHANGED:
        kind = str(facts["kind"])
        name = c.IDENTIFIERS[kind][0] if kind in c.IDENTIFIERS else kind
        return (
            column_of(f"{c.IDENTIFIER}.{kind}"),
            f"The customer has another {name} or none here; an import changes no identifier.",
        )
    if code in (notices.FIELD_INVALID, notices.EXTENDED_FIELD_INVALID):
        kind = c.CUSTOM if code == notices.FIELD_INVALID else c.EXTENDED
        reason = _REASONS.get(str(facts.get("reason")), "does not fit")
        return column_of(f"{kind}.{facts['name']}"), f"The value {reason} and was left out."
    return "", code


def same_as(kind: str, number: int, column_of: ColumnOf) -> Remark:
    """Say which earlier row decides."""
    if kind == CUSTOMER_KEY:
        return "", f"Same customer as row {number}."
    label = c.IDENTIFIERS[kind][0]
    word = label.lower() if kind in ("mobile", "email", "externalId") else label
    return column_of(f"{c.IDENTIFIER}.{kind}"), f"Same {word} as row {number}."


# Not an identifier's type: the key under which a known customer stands for the row that has him.
CUSTOMER_KEY = "customer"
