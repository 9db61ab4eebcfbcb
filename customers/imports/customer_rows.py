"""Parse the rows of a customer import."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.imports.cell_reader import CellReader, UnreadableRow
from crm.imports.columns import Column
from crm.imports.files.table import Row
from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from customers import errors
from customers.imports import customer_columns as c
from customers.imports.customer_mapping import CustomerMapping
from customers.imports.sentences import build_refusal_remark
from customers.queries.customers.import_lookups import find_tills
from customers.queries.identity_settings import get_standards
from customers.queries.source_accounts import Account, SourceAccounts, get_source_accounts
from customers.rules.registration import Channel, ProfileEntry, Registration, Standards
from customers.rules.subscriptions import OPTIN, OPTOUT

# Identifiers that are also communication channels.
CHANNEL_KINDS = ("mobile", "email")


@dataclass(slots=True)
class CustomerRow:
    """One parsed row; ``own_loyalty_type`` is None when the row has no loyalty type."""

    registration: Registration
    account: Account
    own_loyalty_type: str | None
    consents: Sequence[tuple[str, str, str]] = ()


@dataclass(slots=True)
class _CellValues:
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    extended: dict[str, Any] = field(default_factory=dict)
    consents: list[tuple[str, str, str]] = field(default_factory=list)


class CustomerReader:
    """Parses the rows of one file, with lookups per chunk instead of per row."""

    def __init__(
        self, *, org: Organization, names: Sequence[str], mapping: CustomerMapping
    ) -> None:
        self.standards: Standards = get_standards(org)
        self._org_id = org.pk
        self._mapping = mapping
        self._cells: CellReader[_CellValues] = CellReader(
            names=names,
            mapping=mapping,
            columns=build_columns(self.standards, mapping),
            get_setter=_get_setter,
        )
        self.column_of = self._cells.column_of
        self._tills: dict[str, int] = {}
        self._accounts: SourceAccounts = get_source_accounts(org_id=org.pk)
        self._account_cache: dict[tuple[str, str], Account | DomainError] = {}

    def look_ahead(self, rows: Sequence[Row]) -> None:
        """Look up the tills of a chunk, with at most one query."""
        if not self._cells.has(c.TILL):
            return
        till_codes = {self._cells.get_text(row, c.TILL) for row in rows}
        self._tills = find_tills(
            org_id=self._org_id, codes={code for code in till_codes if code and len(code) <= 100}
        )

    def read(self, row: Row) -> CustomerRow:
        """Parse a row.

        Raises:
            UnreadableRow: with a remark for each invalid cell.
        """
        cells = _CellValues()
        remarks = self._cells.read(row, cells)
        try:
            account = self._find_account(cells.values)
            till = self._find_till(cells.values)
        except DomainError as refusal:
            remarks.append(build_refusal_remark(refusal, self.column_of))
        if remarks:
            raise UnreadableRow(remarks)
        return self._build_row(cells, account, till)

    def _find_account(self, values: Mapping[str, Any]) -> Account:
        source, number = values.get(c.SOURCE, ""), values.get(c.ACCOUNT_ID, "")
        account = self._account_cache.get((source, number))
        if account is None:
            try:
                account = self._look_up_account(source, number)
            except DomainError as refusal:
                account = type(refusal)(**refusal.facts)
            if len(self._account_cache) < 1_000:
                self._account_cache[source, number] = account
        if isinstance(account, DomainError):
            # A new instance: a cached exception would keep a traceback for each time it is raised.
            raise type(account)(**account.facts)
        return account

    def _look_up_account(self, source: str, number: str) -> Account:
        """Use the default account for a row without one, and its source for an account id alone."""
        default = None
        if self._mapping.source_account_id is not None:
            default = self._accounts.by_id(self._mapping.source_account_id)
        if source:
            return self._accounts.find(source, number)
        if default is None:
            raise errors.SourceAccountUnknown(source="", account_id=number)
        return self._accounts.find(default.source, number or default.account_id)

    def _find_till(self, values: Mapping[str, Any]) -> int | None:
        code = values.get(c.TILL)
        if code is None:
            return None
        try:
            return self._tills[code]
        except KeyError:
            raise errors.AssociatedTillUnknown() from None

    def _build_row(self, cells: _CellValues, account: Account, till: int | None) -> CustomerRow:
        values = cells.values
        registered_at: datetime | None = values.get(c.REGISTERED_ON)
        own_type: str | None = values.get(c.LOYALTY_TYPE)
        channels = (
            [
                Channel(type=kind, value=value)
                for kind, value in cells.identifiers
                if kind in CHANNEL_KINDS
            ]
            if self._mapping.channels
            else []
        )
        profile = ProfileEntry(
            source_account_id=account.id,
            first_name=values.get(c.FIRST_NAME),
            last_name=values.get(c.LAST_NAME),
            fields=cells.custom,
            identifiers=cells.identifiers,
            channels=channels,
        )
        registration = Registration(
            profiles=[profile],
            loyalty_type=own_type or self._mapping.loyalty_type,
            extended_fields=cells.extended,
            registered_at=registered_at,
            associated_with_id=till,
        )
        return CustomerRow(registration, account, own_type, cells.consents)


def build_columns(standards: Standards, mapping: CustomerMapping) -> Mapping[str, Column]:
    """Return the available columns, with the date and number formats of the file."""
    return c.CustomerColumns(
        standards, day_first=mapping.day_first, decimal_comma=mapping.decimal_comma
    ).fields


def _get_setter(column: Column) -> Callable[[_CellValues, Any], None]:
    """Return the function that stores a clean cell of this column."""
    kind, key = column.kind, column.key
    if kind == c.IDENTIFIER:
        return lambda cells, value: cells.identifiers.append((key, value))
    if kind == c.CONSENT:
        channel, _, priority = key.partition(".")
        return lambda cells, value: cells.consents.append(
            (channel, priority, OPTIN if value else OPTOUT)
        )
    if kind == c.CUSTOM:
        return lambda cells, value: cells.custom.__setitem__(key, value)
    if kind == c.EXTENDED:
        return lambda cells, value: cells.extended.__setitem__(key, value)
    return lambda cells, value: cells.values.__setitem__(kind, value)
