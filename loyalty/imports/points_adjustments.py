"""The import of points adjustments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import IDENTIFIER, Column, ColumnOf, NameColumn
from crm.imports.customer_columns import build_customer_columns, find_customers
from crm.imports.file_import import CREATE, ERROR, UNCHANGED, ImportOption
from crm.imports.operations.staged_rows import Key, Remark
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.readings import CellFormats
from crm.imports.refusals import Targets, build_remark
from crm.imports.row_import import RowImport
from crm.imports.undo_context import UndoContext
from crm.kernel.staff_texts import StaffText, TextTemplate, staff_text
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.rules.text import fold_name
from loyalty import errors
from loyalty.imports.card_and_coupon_targets import REFERENCE
from loyalty.imports.transaction_columns import AmountColumn
from loyalty.imports.transaction_undo import ENTRIES
from loyalty.operations.points.post import PostingResult, post_movements
from loyalty.operations.undo.entries import reverse_entries
from loyalty.queries.programs import get_programs
from loyalty.rules.movements import Movement

POINTS_CHANGE = TextTemplate("{points:+,.2f} points.")

POINTS, REASON, PROGRAM = "points", "reason", "program"
_MAX_REFERENCE_LENGTH = 80
# Keeps the references of files apart from those of other callers.
_REFERENCE_PREFIX = "import:"
_TARGETS: Targets = {
    errors.InsufficientPoints: POINTS,
    errors.LedgerTextInvalid: REASON,
    errors.NotEnrolled: PROGRAM,
    errors.PointsInvalid: POINTS,
    errors.ProgramUnknown: PROGRAM,
    errors.ReferenceUsedOtherwise: REFERENCE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentMapping(ColumnMapping):
    """The column mapping and its options; ``program_id`` None is the default program."""

    program_id: int | None = None


class AdjustmentImport(RowImport):
    """Adjusts points. Each row builds on the rows before it; a balance never becomes negative."""

    key = "points_adjustments"
    short_name = "points"
    needs_trail = True
    singular = "adjustment"
    plural = "points adjustments"
    permission = "loyalty.adjust_points"
    # Approvers may adjust single customers; files also need the permission to import transactions.
    extra_permissions = ["loyalty.import_transactions"]
    subject = "customers.customer"
    example = ["Mobile", "Program", "Points", "Reason", "Reference"]
    hints = [
        staff_text(
            "Each row adds points, or deducts them with a minus sign, "
            "and gives a reason. A balance "
            "never becomes negative."
        ),
        staff_text(
            "Use your own reference to make sure that the same row never counts twice, in any file."
        ),
    ]
    mapping_class = AdjustmentMapping
    required_columns = [
        (IDENTIFIER, staff_text("Map a column to a customer identifier.")),
        (POINTS, staff_text("Map a column to the points.")),
        (REASON, staff_text("Map a column to the reason.")),
    ]
    required_cells = [
        (IDENTIFIER, staff_text("The row names no customer.")),
        (POINTS, staff_text("Enter a number of points other than 0.")),
        (REASON, staff_text("Give a reason.")),
    ]
    repeats = {REFERENCE: (REFERENCE, "reference")}
    mapping: AdjustmentMapping

    def __init__(self, org: Organization, names: Sequence[str], mapping: AdjustmentMapping) -> None:
        super().__init__(org, names, mapping)
        self._programs = {
            name: program.id
            for program in get_programs(org.pk).values()
            for name in (str(program.id), fold_name(program.name))
        }

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return {
            staff_text("Customer"): build_customer_columns(),
            staff_text("Adjustment"): [
                AmountColumn(
                    POINTS, staff_text("Points"), formats, "adjustment adjust pointsadjusted"
                ),
                Column(REASON, staff_text("Reason"), "notes note comment comments why"),
                Column(PROGRAM, staff_text("Program"), "programid programname"),
                NameColumn(REFERENCE, staff_text("Reference"), "referenceid ref"),
            ],
        }

    @classmethod
    def options(cls, org: Organization) -> Sequence[ImportOption]:
        programs = [(program.id, program.name) for program in get_programs(org.pk).values()]
        return [
            ImportOption(
                name="program_id",
                label=staff_text("Default program"),
                # A choice needs at least one option; without a program every row is refused.
                choices=programs or [(0, staff_text("None yet"))],
                blank=staff_text("The default one"),
            )
        ]

    def check(self, parsed: ParsedRow) -> list[Remark]:
        remarks: list[Remark] = []
        values = parsed.values
        if values.get(POINTS) == 0:
            remarks.append(
                (self.column_of(POINTS), staff_text("Enter a number of points other than 0."))
            )
        if len(values.get(REFERENCE, "")) > _MAX_REFERENCE_LENGTH:
            remarks.append((self.column_of(REFERENCE), staff_text("This reference is too long.")))
        if PROGRAM in values and fold_name(values[PROGRAM]) not in self._programs:
            remarks.append((self.column_of(PROGRAM), staff_text("There is no such program.")))
        return remarks

    def list_keys(self, origin: Origin, parsed: ParsedRow) -> Sequence[Key]:
        return [(REFERENCE, parsed.values[REFERENCE])] if REFERENCE in parsed.values else []

    def act(self, origin: Origin, rows: Sequence[ParsedRow]) -> list[RowEffect]:
        """Adjust the points of a chunk."""
        customers = find_customers(origin.org.pk, rows, self.column_of)
        movements = [
            self._build_movement(row, customer, origin)
            for row, customer in zip(rows, customers, strict=True)
            if isinstance(customer, int)
        ]
        posted = iter(post_movements(origin=origin, movements=movements))
        return [
            _build_effect(row, customer, next(posted), self.column_of)
            if isinstance(customer, int)
            # A row that names no customer was refused when it was read.
            else RowEffect(ERROR, remarks=[customer] if customer else [])
            for row, customer in zip(rows, customers, strict=True)
        ]

    def undo_rows(self, *, context: UndoContext, rows: Sequence[UndoRow]) -> dict[int, StaffText]:
        """Reverse the adjustments; one whose points were spent since stays."""
        items = {row.pk: row.trail[ENTRIES] for row in rows}
        return reverse_entries(origin=context.origin, items=items)

    def _build_movement(self, row: ParsedRow, customer: int, origin: Origin) -> Movement:
        values = row.values
        program_id = self.mapping.program_id
        if PROGRAM in values:
            program_id = self._programs[fold_name(values[PROGRAM])]
        return Movement(
            customer_id=customer,
            kind="ADJUST",
            points=values[POINTS],
            program_id=program_id,
            notes=values[REASON],
            reference=f"{_REFERENCE_PREFIX}{values[REFERENCE]}" if REFERENCE in values else "",
            issued_by_id=origin.actor_id,
        )


def _build_effect(
    row: ParsedRow, customer: int, posted: PostingResult, column_of: ColumnOf
) -> RowEffect:
    if posted.refusal is not None:
        return RowEffect(ERROR, remarks=[build_remark(posted.refusal, _TARGETS, column_of)])
    if posted.is_repeat:
        remark = (
            column_of(REFERENCE),
            staff_text("This reference was used for the same points before."),
        )
        return RowEffect(UNCHANGED, customer, remarks=[remark])
    points = Decimal(row.values[POINTS])
    after = {"customer": customer, "program": posted.program_id, "points": str(points)}
    remarks = [("", POINTS_CHANGE(points=points))]
    trail = {ENTRIES: [posted.entry_id]}
    return RowEffect(CREATE, customer, None, after, remarks, trail)
