"""What a till may change of a customer's identifiers, and must say of a new one (v1.1)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crm.kernel.errors import DomainError, Notice
from customers import entry_errors, errors, notices
from customers.rules.fields import FieldRule
from customers.rules.identifiers import normalise_identifier
from customers.rules.identity_state import Key
from customers.rules.registration import Standards
from customers.rules.text import folded

# In the order in which they decide whom an entry means.
KINDS = ("mobile", "email", "externalId")

UNREADABLE: Mapping[str, type[DomainError]] = {
    "mobile": errors.MobileInvalid,
    "email": errors.EmailInvalid,
    "externalId": errors.ExternalIdInvalid,
}
MISSING: Mapping[str, type[DomainError]] = {
    "mobile": entry_errors.MobileMissing,
    "email": entry_errors.EmailMissing,
    "externalId": entry_errors.ExternalIdMissing,
}
MISSING_FOR_LOYALTY: Mapping[str, type[DomainError]] = {
    "mobile": entry_errors.MobileMissingForLoyalty,
    "email": entry_errors.EmailMissingForLoyalty,
    "externalId": entry_errors.ExternalIdMissingForLoyalty,
}


@dataclass(slots=True)
class Said:
    """The identifiers of an entry: those that can be read, and the kinds that cannot."""

    keys: dict[str, str] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Changes:
    """Identifiers to be added, those to replace the value shown until now, and what to tell."""

    added: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)


def read_said(whom: Mapping[str, object], standards: Standards) -> Said:
    """Sort an entry's mobile, email and external id into readable ones and others."""
    said = Said()
    for kind in KINDS:
        if whom.get(kind) is None:
            continue
        value = normalise_identifier(
            kind,
            whom[kind],
            default_country=standards.default_country,
            strict_mobile=standards.strict_mobile,
        )
        if value is None:
            said.unreadable.append(kind)
        else:
            said.keys[kind] = value
    return said


def unreadable_notices(said: Said) -> list[Notice]:
    """What to tell of identifiers that were passed over."""
    return [Notice(UNREADABLE[kind].code, kind=kind) for kind in said.unreadable]


def check_mandatory(said: Said, mandatory: Iterable[str]) -> None:
    """Refuse a newcomer without an identifier that the organization asks for.

    Raises:
        MobileMissing, EmailMissing, ExternalIdMissing: it was not said.
        MobileInvalid, EmailInvalid, ExternalIdInvalid: it cannot be read.
        NoIdentifier: nothing was said by which they can be known.
    """
    for kind in mandatory:
        if kind in said.unreadable:
            raise UNREADABLE[kind](kind=kind)
        if kind not in said.keys:
            raise MISSING[kind]()
    if not said.keys:
        if said.unreadable:
            raise UNREADABLE[said.unreadable[0]](kind=said.unreadable[0])
        raise errors.NoIdentifier()


def check_fields(given: Mapping[str, Any], rules: Mapping[str, FieldRule]) -> None:
    """Refuse a newcomer without a field that the organization asks for.

    Raises:
        FieldMissing: with the field's name.
    """
    named = {folded(name) for name, value in given.items() if value not in (None, "")}
    for key, rule in rules.items():
        if rule.is_mandatory and key not in named:
            raise entry_errors.FieldMissing(name=rule.name)


def check_date(
    registered_at: datetime | None, *, now: datetime, days_back: int, days_ahead: int
) -> None:
    """Refuse a date of registration outside the organization's span.

    Raises:
        RegistrationDateInvalid: it is too long ago, or too far ahead.
    """
    if registered_at is None:
        return
    earliest, latest = now - timedelta(days=days_back), now + timedelta(days=days_ahead)
    if not earliest <= registered_at <= latest:
        raise errors.RegistrationDateInvalid()


def check_loyalty(held: Collection[str], mandatory: Iterable[str]) -> None:
    """Refuse to make a loyalty customer of somebody without the identifiers asked for.

    Raises:
        MobileMissingForLoyalty, EmailMissingForLoyalty, ExternalIdMissingForLoyalty.
    """
    for kind in mandatory:
        if kind not in held:
            raise MISSING_FOR_LOYALTY[kind]()


def decide_changes(
    said: Said,
    *,
    customer_id: int,
    shown: Mapping[str, str],
    owners: Mapping[Key, int],
    primary: str,
    replaceable: Collection[str],
) -> Changes:
    """Say which identifiers a known customer gets: where there was none, and where it is allowed.

    ``shown`` are the values that v1.1 shows of the customer, by kind. Those that somebody else
    has are left out; the primary kind is never replaced, others where they are ``replaceable``.
    """
    changes = Changes(notices=unreadable_notices(said))
    for kind, value in said.keys.items():
        owner = owners.get((kind, value))
        if owner == customer_id:
            continue
        if owner is not None:
            changes.notices.append(Notice(notices.IDENTIFIER_LEFT_OUT, kind=kind))
        elif kind not in shown:
            changes.added[kind] = value
        elif kind == primary:
            changes.notices.append(Notice(notices.PRIMARY_UNCHANGED, kind=kind))
        elif kind in replaceable:
            changes.replaced[kind] = value
        else:
            changes.notices.append(Notice(notices.IDENTIFIER_UNCHANGED, kind=kind))
    return changes
