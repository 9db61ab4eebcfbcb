"""The import of identifiers: they are added to known customers, or removed from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import ChoiceColumn, Column, NameColumn
from crm.imports.customer_columns import IDENTIFIERS, build_customer_columns
from crm.imports.file_import import UNCHANGED, UPDATE, ImportOption, MappingFault
from crm.imports.operation_import import CUSTOMER_CELL, CUSTOMER_COLUMN, OperationImport
from crm.imports.operations.staged_rows import Key, Remark
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.readings import CellFormats
from crm.imports.row_import import NOTHING_DIFFERS
from crm.imports.source_options import find_instore_account, list_account_choices
from crm.kernel.staff_texts import staff_text
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from crm.usecases.change_identifiers import change_identifiers
from customers import errors
from customers.queries.customers.by_identifiers import find_owners
from customers.rules.identifier_change import IdentityChange
from customers.rules.identifiers import normalise_identifier

TYPE, VALUE, ACTION = "type", "value", "action"
ADD, REMOVE = "ADD", "REMOVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierMapping(ColumnMapping):
    """The column mapping; the source account is that of the profiles that change."""

    source_account_id: int | None = None


class IdentifierImport(OperationImport):
    """Adds and removes identifiers by the rules of the API, merges included."""

    key = "identifiers"
    singular = "identifier"
    plural = "identifiers"
    permission = "customers.import_customers"
    subject = "customers.customer"
    example = ["Mobile", "Identifier type", "New value", "Action"]
    hints = [
        staff_text("Each row adds an identifier to a known customer, or removes it."),
        staff_text(
            "Adding what belongs to a customer of another source merges the two, as the API does."
        ),
    ]
    mapping_class = IdentifierMapping
    required_columns = [
        CUSTOMER_COLUMN,
        (TYPE, staff_text("Map a column to the type of the identifier.")),
        (VALUE, staff_text("Map a column to the new value.")),
    ]
    required_cells = [
        CUSTOMER_CELL,
        (TYPE, staff_text("Give the type of the identifier.")),
        (VALUE, staff_text("Give the value.")),
    ]
    repeats = {"change": (VALUE, "value")}
    fault_targets = {
        errors.IdentifierInvalid: VALUE,
        errors.MobileInvalid: VALUE,
        errors.EmailInvalid: VALUE,
        errors.ExternalIdInvalid: VALUE,
        errors.IdentifierNotHeld: VALUE,
        errors.IdentifierHeldInSource: VALUE,
        errors.SourceAccountShared: VALUE,
    }
    mapping: IdentifierMapping

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        types = [(kind, label) for kind, (label, _synonyms) in IDENTIFIERS.items()]
        actions = [(ADD, staff_text("Add")), (REMOVE, staff_text("Remove"))]
        return {
            staff_text("Customer"): build_customer_columns(),
            staff_text("Identifier"): [
                ChoiceColumn(
                    TYPE, staff_text("Identifier type"), types, "identifiertype newtype kind"
                ),
                NameColumn(VALUE, staff_text("New value"), "newvalue identifier identifiervalue"),
                ChoiceColumn(ACTION, staff_text("Action"), actions, "operation change"),
            ],
        }

    @classmethod
    def options(cls, org: Organization) -> Sequence[ImportOption]:
        return [
            ImportOption(
                name="source_account_id",
                label=staff_text("Source account"),
                choices=list_account_choices(org) or [(0, staff_text("None yet"))],
                blank=staff_text("None"),
            )
        ]

    @classmethod
    def guess_options(
        cls, org: Organization, names: Sequence[str], targets: Sequence[str]
    ) -> dict[str, Any]:
        return {"source_account_id": find_instore_account(org)}

    @classmethod
    def faults(cls, mapping: IdentifierMapping) -> Iterable[MappingFault]:
        yield from super().faults(mapping)
        if not mapping.source_account_id:
            yield "source_account_id", staff_text("Choose a source account.")

    def check(self, parsed: ParsedRow) -> list[Remark]:
        values = parsed.values
        if TYPE not in values or VALUE not in values:
            return []
        value = normalise_identifier(
            values[TYPE],
            values[VALUE],
            default_country=self.org.default_country,
            strict_mobile=self.org.strict_mobile,
        )
        if value is None:
            return [(self.column_of(VALUE), staff_text("This is no identifier of that type."))]
        values[VALUE] = value
        return []

    def list_keys(self, origin: Origin, parsed: ParsedRow) -> Sequence[Key]:
        return [("change", f"{parsed.values[TYPE]}:{parsed.values[VALUE]}"[:255])]

    def act(self, origin: Origin, rows: Sequence[ParsedRow]) -> list[RowEffect]:
        keys = {(row.values[TYPE], row.values[VALUE]) for row in rows}
        self._owners = find_owners(org_id=origin.org.pk, keys=keys)
        return super().act(origin, rows)

    def write_row(self, origin: Origin, customer_id: int, row: ParsedRow) -> RowEffect:
        key = row.values[TYPE], row.values[VALUE]
        is_removal = row.values.get(ACTION) == REMOVE
        if not is_removal and self._owners.get(key) == customer_id:
            return RowEffect(UNCHANGED, customer_id, remarks=[("", NOTHING_DIFFERS)])
        changed = change_identifiers(
            origin=origin,
            change=IdentityChange(
                customer_id=customer_id,
                source_account_id=self.mapping.source_account_id or 0,
                add=[] if is_removal else [key],
                remove=[key] if is_removal else [],
            ),
        )
        before, after = {key[0]: None}, {key[0]: key[1]}
        if is_removal:
            before, after = after, before
        return RowEffect(UPDATE, changed.customer_id, before, after)
