"""From a row of cells to what it says of one person, or to why it cannot be read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.importing.columns import Column
from crm.importing.row_cells import CellReader, Unreadable
from crm.kernel.errors import DomainError
from crm.runs.reading.table import Row
from crm.tenancy.models import Organization
from customers import errors
from customers.imports import columns as c
from customers.imports.mapping import Reading
from customers.imports.sentences import refused
from customers.queries.import_lookups import find_tills
from customers.queries.source_accounts import Account, SourceAccounts, get_source_accounts
from customers.queries.standards import get_standards
from customers.rules.registration import Channel, ProfileEntry, Registration, Standards
from customers.rules.subscriptions import OPTIN, OPTOUT

# Identifiers that can be written to as they are.
CHANNELS = ("mobile", "email")


@dataclass(slots=True)
class Meaning:
    """What a row says; ``own_loyalty_type`` is None when only the file's default says one."""

    registration: Registration
    account: Account
    own_loyalty_type: str | None
    consents: Sequence[tuple[str, str, str]] = ()


@dataclass(slots=True)
class _Said:
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    extended: dict[str, Any] = field(default_factory=dict)
    consents: list[tuple[str, str, str]] = field(default_factory=list)


class RowReader:
    """Reads the rows of one file; it looks up what it needs by the chunk, not by the row."""

    def __init__(self, *, org: Organization, names: Sequence[str], reading: Reading) -> None:
        self.standards: Standards = get_standards(org)
        self._org_id = org.pk
        self._reading = reading
        self._cells: CellReader[_Said] = CellReader(
            names=names,
            reading=reading,
            columns=columns_of(self.standards, reading),
            keeper=_keeper,
        )
        self.column_of = self._cells.column_of
        self._tills: dict[str, int] = {}
        self._accounts: SourceAccounts = get_source_accounts(org_id=org.pk)
        self._found: dict[tuple[str, str], Account | DomainError] = {}

    def look_ahead(self, rows: Sequence[Row]) -> None:
        """Look up the tills of a chunk; one query at most."""
        if not self._cells.has(c.TILL):
            return
        codes = {self._cells.text_of(row, c.TILL) for row in rows}
        self._tills = find_tills(
            org_id=self._org_id, codes={code for code in codes if code and len(code) <= 100}
        )

    def read(self, row: Row) -> Meaning:
        """Say what the row means.

        Raises:
            Unreadable: with a remark for each cell that makes no sense.
        """
        said = _Said()
        remarks = self._cells.read(row, said)
        try:
            account = self._account(said.values)
            till = self._till(said.values)
        except DomainError as refusal:
            remarks.append(refused(refusal, self.column_of))
        if remarks:
            raise Unreadable(remarks)
        return self._meaning(said, account, till)

    def _account(self, values: Mapping[str, Any]) -> Account:
        source, number = values.get(c.SOURCE, ""), values.get(c.ACCOUNT_ID, "")
        found = self._found.get((source, number))
        if found is None:
            try:
                found = self._look_up_account(source, number)
            except DomainError as refusal:
                found = type(refusal)(**refusal.facts)
            if len(self._found) < 1_000:
                self._found[source, number] = found
        if isinstance(found, DomainError):
            # A new one: each time it is raised, a refusal would hold on to one more row.
            raise type(found)(**found.facts)
        return found

    def _look_up_account(self, source: str, number: str) -> Account:
        """A row that names nothing is of the file's account; a number alone is of its source."""
        default = None
        if self._reading.source_account_id is not None:
            default = self._accounts.by_id(self._reading.source_account_id)
        if source:
            return self._accounts.find(source, number)
        if default is None:
            raise errors.SourceAccountUnknown(source="", account_id=number)
        return self._accounts.find(default.source, number or default.account_id)

    def _till(self, values: Mapping[str, Any]) -> int | None:
        code = values.get(c.TILL)
        if code is None:
            return None
        try:
            return self._tills[code]
        except KeyError:
            raise errors.AssociatedTillUnknown() from None

    def _meaning(self, said: _Said, account: Account, till: int | None) -> Meaning:
        values = said.values
        registered_at: datetime | None = values.get(c.REGISTERED_ON)
        own_type: str | None = values.get(c.LOYALTY_TYPE)
        channels = (
            [
                Channel(type=kind, value=value)
                for kind, value in said.identifiers
                if kind in CHANNELS
            ]
            if self._reading.channels
            else []
        )
        profile = ProfileEntry(
            source_account_id=account.id,
            first_name=values.get(c.FIRST_NAME),
            last_name=values.get(c.LAST_NAME),
            fields=said.custom,
            identifiers=said.identifiers,
            channels=channels,
        )
        registration = Registration(
            profiles=[profile],
            loyalty_type=own_type or self._reading.loyalty_type,
            extended_fields=said.extended,
            registered_at=registered_at,
            associated_with_id=till,
        )
        return Meaning(registration, account, own_type, said.consents)


def columns_of(standards: Standards, reading: Reading) -> Mapping[str, Column]:
    """The columns on offer, reading dates and numbers as the file writes them."""
    return c.CustomerImport(
        standards, day_first=reading.day_first, decimal_comma=reading.decimal_comma
    ).fields


def _keeper(column: Column) -> Callable[[_Said, Any], None]:
    """Where a clean cell of this column goes."""
    kind, key = column.kind, column.key
    if kind == c.IDENTIFIER:
        return lambda said, value: said.identifiers.append((key, value))
    if kind == c.CONSENT:
        channel, _, priority = key.partition(".")
        return lambda said, value: said.consents.append(
            (channel, priority, OPTIN if value else OPTOUT)
        )
    if kind == c.CUSTOM:
        return lambda said, value: said.custom.__setitem__(key, value)
    if kind == c.EXTENDED:
        return lambda said, value: said.extended.__setitem__(key, value)
    return lambda said, value: said.values.__setitem__(kind, value)
