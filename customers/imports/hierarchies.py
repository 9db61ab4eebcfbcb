"""The import of places in hierarchies: role, parent and company of known customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.imports.columns import IDENTIFIER, Column, NameColumn
from crm.imports.customer_columns import IdentifierOwners, build_customer_columns, read_lookup
from crm.imports.file_import import CREATE, ERROR, UNCHANGED, UPDATE
from crm.imports.operation_import import CUSTOMER_CELL, CUSTOMER_COLUMN, OperationImport
from crm.imports.operations.staged_rows import Key, Remark
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.readings import CellFormats
from crm.imports.row_import import NOTHING_DIFFERS
from crm.kernel.staff_texts import staff_text
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers import errors
from customers.operations.hierarchies.associate import AssociationRequest, associate_customer
from customers.queries.hierarchies.places import PlaceValues, find_place

HIERARCHY, ROLE, COMPANY, PARENT = "hierarchy", "role", "company", "parent"
# By which a row names the parent.
PARENT_LABELS = {
    "mobile": staff_text("Parent's mobile"),
    "email": staff_text("Parent's email"),
    "externalId": staff_text("Parent's external id"),
}


@dataclass(slots=True)
class PlaceRow(ParsedRow):
    """A parsed row, with the normalised identifiers of the parent."""

    parent_lookup: Sequence[Key] = ()


class HierarchyImport(OperationImport):
    """Gives customers their places; a customer who has another place moves."""

    key = "hierarchies"
    singular = "place"
    plural = "places in hierarchies"
    permission = "customers.import_customers"
    subject = "customers.customer"
    example = ["Mobile", "Hierarchy", "Role", "Parent's mobile", "Company"]
    hints = [
        staff_text("Each row gives a known customer a role in a hierarchy, below a parent."),
        staff_text("An unknown company is created. Parents come before their children."),
    ]
    row_class = PlaceRow
    required_columns = [
        CUSTOMER_COLUMN,
        (HIERARCHY, staff_text("Map a column to the hierarchy.")),
    ]
    required_cells = [CUSTOMER_CELL, (HIERARCHY, staff_text("Give the hierarchy."))]
    repeats = {"place": (HIERARCHY, "place")}
    fault_targets = {
        errors.HierarchyUnknown: HIERARCHY,
        errors.HierarchyRoleUnknown: ROLE,
        errors.HierarchyOrderBroken: ROLE,
        errors.HierarchyCycle: f"{PARENT}.mobile",
        errors.CompanyInvalid: COMPANY,
        errors.CompanyInactive: COMPANY,
    }

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return {
            staff_text("Customer"): build_customer_columns(),
            staff_text("Place"): [
                Column(HIERARCHY, staff_text("Hierarchy"), "hierarchycode"),
                Column(ROLE, staff_text("Role"), "rolecode"),
                Column(COMPANY, staff_text("Company"), "fleetcompany companyid"),
            ],
            staff_text("Parent"): [
                NameColumn(f"{PARENT}.{kind}", label, f"parent{kind.lower()}")
                for kind, label in PARENT_LABELS.items()
            ],
        }

    def check(self, parsed: Any) -> list[Remark]:
        parsed.parent_lookup, remarks = read_lookup(
            self.org, [*parsed.groups[PARENT].items()], self.parent_column_of
        )
        return remarks

    def parent_column_of(self, target: str) -> str:
        """Return the name of the column with this identifier of the parent."""
        return self.column_of(f"{PARENT}.{target.removeprefix(f'{IDENTIFIER}.')}")

    def list_keys(self, origin: Origin, parsed: ParsedRow) -> Sequence[Key]:
        hierarchy = parsed.values[HIERARCHY].casefold()
        return [("place", f"{kind}:{value}|{hierarchy}"[:255]) for kind, value in parsed.lookup]

    def act(self, origin: Origin, rows: Sequence[Any]) -> list[RowEffect]:
        self._parents = IdentifierOwners(origin.org.pk, [row.parent_lookup for row in rows])
        return super().act(origin, rows)

    def write_row(self, origin: Origin, customer_id: int, row: Any) -> RowEffect:
        parent = self._parents.find_customer(row.parent_lookup, self.parent_column_of)
        if isinstance(parent, tuple):
            return RowEffect(ERROR, remarks=[parent])
        code = row.values[HIERARCHY]
        before = find_place(customer_id=customer_id, hierarchy=code)
        associate_customer(
            origin=origin,
            request=AssociationRequest(
                customer_id=customer_id,
                hierarchy=code,
                role=row.values.get(ROLE, ""),
                parent_id=parent,
                company=row.values.get(COMPANY),
                replaces=True,
            ),
        )
        after = find_place(customer_id=customer_id, hierarchy=code)
        return _build_effect(customer_id, before, after)


def _build_effect(
    customer_id: int, before: PlaceValues | None, after: PlaceValues | None
) -> RowEffect:
    if before == after:
        return RowEffect(UNCHANGED, customer_id, remarks=[("", NOTHING_DIFFERS)])
    return RowEffect(CREATE if before is None else UPDATE, customer_id, before, after)
