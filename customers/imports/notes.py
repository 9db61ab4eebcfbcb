"""The import of notes about customers."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from crm.imports.columns import Column, DateTimeColumn, NameColumn
from crm.imports.customer_columns import build_customer_columns
from crm.imports.file_import import CREATE, UNCHANGED
from crm.imports.operation_import import CUSTOMER_CELL, CUSTOMER_COLUMN, OperationImport
from crm.imports.operations.staged_rows import Key, Remark
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.readings import CellFormats
from crm.kernel.staff_texts import staff_text
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.operations.notes import write_notes
from customers.rules.notes import NoteIn

DATE, ASSOCIATE, DESCRIPTION, REFERENCE = "noted_at", "associate", "description", "reference"
# The reference of a row without one: this prefix and a digest of the row.
_DIGEST_PREFIX = "row:"


class NoteImport(OperationImport):
    """Adds notes; the same reference, or the same row, is imported once, in any file."""

    key = "notes"
    singular = "note"
    plural = "notes"
    permission = "customers.import_customers"
    subject = "customers.customer"
    example = ["Mobile", "Date", "Associate", "Description"]
    hints = [
        staff_text("Each row is one note about a customer, made by an associate."),
        staff_text("A row that was imported before is skipped."),
    ]
    required_columns = [
        CUSTOMER_COLUMN,
        (DATE, staff_text("Map a column to the date.")),
        (ASSOCIATE, staff_text("Map a column to the associate.")),
    ]
    required_cells = [
        CUSTOMER_CELL,
        (DATE, staff_text("Give the date.")),
        (ASSOCIATE, staff_text("Give the associate.")),
    ]
    repeats = {REFERENCE: (REFERENCE, "note")}

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return {
            staff_text("Customer"): build_customer_columns(),
            staff_text("Note"): [
                DateTimeColumn(DATE, staff_text("Date"), formats, "notedon notedat when time"),
                Column(ASSOCIATE, staff_text("Associate"), "associateid madeby author"),
                Column(DESCRIPTION, staff_text("Description"), "note text"),
                NameColumn(REFERENCE, staff_text("Reference"), "referenceid ref noteid"),
            ],
        }

    def check(self, parsed: ParsedRow) -> list[Remark]:
        parsed.values.setdefault(REFERENCE, _build_reference(parsed))
        return []

    def list_keys(self, origin: Origin, parsed: ParsedRow) -> Sequence[Key]:
        return [(REFERENCE, parsed.values[REFERENCE])]

    def write_row(self, origin: Origin, customer_id: int, row: ParsedRow) -> RowEffect:
        note = NoteIn(
            associate_id=row.values[ASSOCIATE],
            noted_at=row.values[DATE],
            description=row.values.get(DESCRIPTION, ""),
            reference=row.values[REFERENCE],
        )
        [result] = write_notes(origin=origin, customer_id=customer_id, notes=[note])
        if result.is_repeat:
            remark = self.column_of(REFERENCE), staff_text("This note was written before.")
            return RowEffect(UNCHANGED, customer_id, remarks=[remark])
        after = {"date": row.values[DATE].isoformat(), "description": note.description[:200]}
        return RowEffect(CREATE, customer_id, None, after)


def _build_reference(parsed: ParsedRow) -> str:
    """Build a reference from the content, so that the same row is imported once."""
    values = {name: str(parsed.values[name]) for name in sorted(parsed.values)}
    content = json.dumps([list(parsed.lookup), values])
    return _DIGEST_PREFIX + hashlib.sha256(content.encode()).hexdigest()[:40]
