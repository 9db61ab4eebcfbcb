"""The import of customers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import IDENTIFIER, Column
from crm.imports.file_import import CREATE, UPDATE, Counts, ImportOption, MappingFault
from crm.imports.files.table import Row
from crm.imports.header_names import IGNORE, fold_header
from crm.imports.key_claims import KeyClaims
from crm.imports.operations.staged_rows import Key, PlannedRow, Remark
from crm.imports.parsed_rows import ParsedRow, RowEffect, UnreadableRow
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.readings import CellFormats
from crm.imports.row_import import RowImport, StagedEffect
from crm.imports.source_options import find_instore_account, list_account_choices
from crm.imports.undo_context import UndoContext
from crm.kernel.errors import DomainError
from crm.kernel.staff_texts import StaffText, TextTemplate, staff_text
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers import errors
from customers.imports import customer_columns as c
from customers.imports.customer_apply import apply_customers
from customers.imports.customer_export import list_export_names
from customers.imports.customer_plan import plan_customers
from customers.imports.customer_rows import CustomerRow
from customers.imports.customer_trails import (
    CustomerImages,
    build_customer_trails,
    take_customer_images,
)
from customers.imports.customer_undo import undo_customers
from customers.imports.remarks import (
    CHANGED_SINCE_PREVIEW,
    build_refusal_remark,
    build_repeat_remark,
)
from customers.models import Customer
from customers.queries.customers.import_lookups import find_tills
from customers.queries.fields import get_identity_settings
from customers.queries.source_accounts import Account, get_source_accounts
from customers.rules.identifiers import Channel, normalise_keys
from customers.rules.registration import ProfileEntry, Registration, normalise_registration
from customers.rules.subscriptions import OPTIN, OPTOUT

PROFILES_ADDED = TextTemplate(
    "{count:,} new profiles are added to customers known in another source."
)
ROWS_WITH_REMARK = TextTemplate("{count:,} rows are imported with a remark.")
CUSTOMERS_CHANGED = TextTemplate(
    "{count:,} customers had changed since the preview and were not imported."
)

# Identifiers that are also communication channels.
CHANNEL_KINDS = ("mobile", "email")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOBILE = re.compile(r"\+?\d{10,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMapping(ColumnMapping):
    """The column mapping and the options of a customer import.

    ``channels``: mobiles and emails are also stored as communication channels.
    """

    source_account_id: int | None = None
    loyalty_type: str = Customer.LoyaltyType.LOYALTY
    channels: bool = True


class CustomerImport(RowImport):
    """Creates and updates customers, with lookups per chunk instead of per row.

    The dry run decides by the rules of registration and update, without writing anything.
    """

    key = "customers"
    needs_trail = True
    singular = "customer"
    plural = "customers"
    permission = "customers.import_customers"
    subject = "customers.customer"
    example = ["Mobile", "Email", "External id", "First name", "Last name", "Registered on"]
    hints = [
        staff_text(
            "Each row needs an identifier: a mobile, an email, an external id, or one of another "
            "network."
        ),
        staff_text("Rows of known customers update names, fields and channels, never identifiers."),
    ]
    mapping_class = CustomerMapping
    required_columns = [
        (IDENTIFIER, staff_text("Map at least one identifier: a mobile, an email or another id."))
    ]
    changed_since_preview = CHANGED_SINCE_PREVIEW
    mapping: CustomerMapping

    def __init__(self, org: Organization, names: Sequence[str], mapping: CustomerMapping) -> None:
        super().__init__(org, names, mapping)
        self._standards = get_identity_settings(org)
        self._tills: dict[str, int] = {}
        self._accounts = get_source_accounts(org_id=org.pk)
        self._account_cache: dict[tuple[str, str], Account | DomainError] = {}

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return c.build_column_groups(get_identity_settings(org), formats)

    @classmethod
    def options(cls, org: Organization) -> Sequence[ImportOption]:
        return [
            ImportOption(
                name="source_account_id",
                label=staff_text("Default source account"),
                choices=list_account_choices(org),
                blank=staff_text("None"),
            ),
            ImportOption(
                name="loyalty_type",
                label=staff_text("Loyalty type of new customers"),
                choices=[(value, str(label)) for value, label in Customer.LoyaltyType.choices],
            ),
            ImportOption(
                name="channels",
                label=staff_text("Use mobiles and emails as communication channels"),
            ),
        ]

    @classmethod
    def guess_target(cls, cells: Sequence[str]) -> str:
        if cells and all(_EMAIL.fullmatch(cell) for cell in cells):
            return f"{IDENTIFIER}.email"
        if cells and all(_MOBILE.fullmatch(cell) for cell in cells):
            return f"{IDENTIFIER}.mobile"
        return IGNORE

    @classmethod
    def guess_options(
        cls, org: Organization, names: Sequence[str], targets: Sequence[str]
    ) -> dict[str, Any]:
        # An export says who has which identifiers, not where people can be reached.
        is_export = {*map(fold_header, list_export_names())} <= {*map(fold_header, names)}
        return {"source_account_id": find_instore_account(org), "channels": not is_export}

    @classmethod
    def faults(cls, mapping: CustomerMapping) -> Iterable[MappingFault]:
        yield from super().faults(mapping)
        if mapping.source_account_id is None and c.SOURCE not in mapping.targets:
            yield (
                "source_account_id",
                staff_text(
                    "Choose a default source account, as no column is mapped to the source."
                ),
            )

    @classmethod
    def facts(cls, dry_run_counts: Counts, apply_counts: Counts) -> list[str]:
        facts: list[str] = []
        if joined_count := dry_run_counts.get("combine", 0):
            facts.append(PROFILES_ADDED(count=joined_count))
        if warned_count := dry_run_counts.get("warned", 0):
            facts.append(ROWS_WITH_REMARK(count=warned_count))
        if drifted_count := apply_counts.get("drifted", 0):
            facts.append(CUSTOMERS_CHANGED(count=drifted_count))
        return facts

    def look_ahead(self, rows: Sequence[Row]) -> None:
        """Look up the tills of a chunk, with at most one query."""
        if self.cells.has(c.TILL):
            codes = {self.cells.get_text(row, c.TILL) for row in rows}
            self._tills = find_tills(
                org_id=self.org.pk, codes={code for code in codes if code and len(code) <= 100}
            )

    def read(self, row: Row) -> CustomerRow:
        parsed = ParsedRow(row.number)
        remarks = self.cells.read(row, parsed)
        account, till = None, None
        try:
            account = self._find_account(parsed.values)
        except DomainError as refusal:
            remarks.append(build_refusal_remark(refusal, self.column_of))
        try:
            till = self._find_till(parsed.values)
        except DomainError as refusal:
            remarks.append(build_refusal_remark(refusal, self.column_of))
        if remarks or account is None:
            remarks += self._list_invalid_identifiers(parsed)
            raise UnreadableRow([*remarks, *parsed.ignored])
        return self._build_row(parsed, account, till)

    def list_keys(self, origin: Origin, parsed: CustomerRow) -> Sequence[Key]:
        try:
            parsed.clean, parsed.warnings = normalise_registration(
                parsed.registration, self._standards, now=origin.at
            )
        except DomainError as refusal:
            remarks = self._list_invalid_identifiers(parsed)
            if remarks:
                # What else is wrong shows once the invalid identifiers are gone.
                remarks += self._list_other_faults(origin, parsed)
            else:
                remarks = [build_refusal_remark(refusal, self.column_of)]
            raise UnreadableRow(remarks) from None
        [profile] = parsed.clean.profiles
        return list(profile.identifiers)

    def describe_repeat(self, kind: str, number: int) -> Remark:
        return build_repeat_remark(kind, number, self.column_of)

    def plan(
        self, origin: Origin, items: Sequence[tuple[PlannedRow, CustomerRow]], claims: KeyClaims
    ) -> None:
        plan_customers(origin, items, claims, self.column_of)

    def count(self, rows: Sequence[PlannedRow]) -> dict[str, int]:
        imported = [row for row in rows if row.outcome in (CREATE, UPDATE)]
        return {
            **super().count(rows),
            "combine": sum(1 for row in imported if row.outcome == CREATE and row.subject_id),
            "warned": sum(1 for row in imported if row.remarks),
        }

    def act(self, origin: Origin, rows: Sequence[CustomerRow]) -> list[RowEffect]:
        return apply_customers(origin, rows, self.column_of)

    def take_images(self, origin: Origin, rows: Sequence[CustomerRow]) -> CustomerImages:
        return take_customer_images(rows)

    def build_trails(
        self, origin: Origin, rows: Sequence[StagedEffect], images: CustomerImages
    ) -> Mapping[int, dict[str, Any]]:
        return build_customer_trails(origin, rows, images)

    def undo_rows(self, *, context: UndoContext, rows: Sequence[UndoRow]) -> dict[int, StaffText]:
        return undo_customers(context, rows)

    def explain_refusal(self, remarks: Sequence[Remark]) -> Sequence[Remark]:
        return [("", self.changed_since_preview), *remarks]

    def _list_invalid_identifiers(self, parsed: ParsedRow) -> list[Remark]:
        """Return a remark for each identifier that is not valid, with its own column."""
        remarks: list[Remark] = []
        for identifier in parsed.identifiers:
            try:
                normalise_keys([identifier], self._standards)
            except DomainError as refusal:
                column, sentence = build_refusal_remark(refusal, self.column_of)
                remarks.append((parsed.columns.get(identifier, column), sentence))
        return remarks

    def _list_other_faults(self, origin: Origin, parsed: CustomerRow) -> list[Remark]:
        [profile] = parsed.registration.profiles
        without_identifiers = replace(profile, identifiers=(), channels=())
        try:
            normalise_registration(
                replace(parsed.registration, profiles=[without_identifiers]),
                self._standards,
                now=origin.at,
            )
        except errors.NoIdentifier:
            return []
        except DomainError as refusal:
            return [build_refusal_remark(refusal, self.column_of)]
        return []

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
        if self.mapping.source_account_id is not None:
            default = self._accounts.by_id(self.mapping.source_account_id)
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

    def _build_row(self, parsed: ParsedRow, account: Account, till: int | None) -> CustomerRow:
        values, groups = parsed.values, parsed.groups
        own_type: str | None = values.get(c.LOYALTY_TYPE)
        channels = [
            Channel(type=kind, value=value)
            for kind, value in parsed.identifiers
            if kind in CHANNEL_KINDS and self.mapping.channels
        ]
        profile = ProfileEntry(
            source_account_id=account.id,
            first_name=values.get(c.FIRST_NAME),
            last_name=values.get(c.LAST_NAME),
            fields=groups.get(c.CUSTOM, {}),
            identifiers=parsed.identifiers,
            channels=channels,
        )
        registration = Registration(
            profiles=[profile],
            loyalty_type=own_type or self.mapping.loyalty_type,
            extended_fields=groups.get(c.EXTENDED, {}),
            registered_at=values.get(c.REGISTERED_ON),
            associated_with_id=till,
        )
        consents = [
            (channel, priority, OPTIN if value else OPTOUT)
            for key, value in groups.get(c.CONSENT, {}).items()
            for channel, priority in [key.split(".")]
        ]
        return CustomerRow(
            number=parsed.number,
            registration=registration,
            account=account,
            own_loyalty_type=own_type,
            consents=consents,
            identifiers=parsed.identifiers,
            columns=parsed.columns,
            ignored=parsed.ignored,
        )
