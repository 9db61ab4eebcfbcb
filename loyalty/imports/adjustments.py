"""The import of points adjustments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from crm.imports.cell_reader import CellReader, UnreadableRow
from crm.imports.cells import TextWidget
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column, ColumnOf
from crm.imports.customer_columns import (
    IDENTIFIER,
    CustomerLookup,
    IdentifierOwners,
    build_customer_columns,
    read_customer_lookup,
)
from crm.imports.dry_run import CREATE, ERROR, SKIP, RowEffect, apply_staged_rows, dry_run_rows
from crm.imports.files.table import Row
from crm.imports.operations.staged_rows import Key, Remark
from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.imports.amounts import AmountWidget
from loyalty.imports.sentences import REFERENCE
from loyalty.operations.points.post import PostingResult, post_movements
from loyalty.queries.programs import get_programs
from loyalty.rules.movements import Movement

POINTS, REASON, PROGRAM = "points", "reason", "program"
_MAX_REFERENCE_LENGTH = 80
# Keeps the references of files apart from those of other callers.
_REFERENCE_PREFIX = "import:"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentMapping(ColumnMapping):
    """The column mapping and its options; ``program_id`` None is the default program."""

    program_id: int | None = None


@dataclass(slots=True)
class AdjustmentRow:
    """One parsed row; each of its ``keys`` may occur only once in a file."""

    lookup: CustomerLookup = field(default_factory=CustomerLookup)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    program_id: int | None = None

    @property
    def keys(self) -> Sequence[Key]:
        reference = self.values.get(REFERENCE)
        return [(REFERENCE, reference)] if reference else []


class AdjustmentReader:
    """Parses the rows of one file."""

    def __init__(self, org: Organization, names: Sequence[str], mapping: AdjustmentMapping) -> None:
        self._org = org
        self._mapping = mapping
        self._programs = {
            name: program.id
            for program in get_programs(org.pk).values()
            for name in (str(program.id), program.name.casefold())
        }
        self._cells: CellReader[AdjustmentRow] = CellReader(
            names=names,
            mapping=mapping,
            columns=build_adjustment_columns(org, mapping),
            get_setter=_get_setter,
        )
        self.column_of = self._cells.column_of

    def read(self, row: Row) -> AdjustmentRow:
        """Parse a row.

        Raises:
            UnreadableRow: with a remark for each invalid cell.
        """
        parsed = AdjustmentRow(program_id=self._mapping.program_id)
        remarks = self._cells.read(row, parsed)
        try:
            parsed.lookup = read_customer_lookup(self._org, parsed.identifiers, self.column_of)
        except ValueError as error:
            remarks.append(error.args)
        if not parsed.identifiers:
            remarks.append(("", "The row names no customer."))
        if not remarks:
            remarks += self._list_problems(parsed)
        if remarks:
            raise UnreadableRow(remarks)
        return parsed

    def _list_problems(self, parsed: AdjustmentRow) -> list[Remark]:
        remarks: list[Remark] = []
        if not parsed.values.get(POINTS):
            remarks.append((self.column_of(POINTS), "Enter a number of points other than 0."))
        if REASON not in parsed.values:
            remarks.append((self.column_of(REASON), "Give a reason."))
        if len(parsed.values.get(REFERENCE, "")) > _MAX_REFERENCE_LENGTH:
            remarks.append((self.column_of(REFERENCE), "This reference is too long."))
        if (name := parsed.values.get(PROGRAM)) is not None:
            parsed.program_id = self._programs.get(name.casefold())
            if parsed.program_id is None:
                remarks.append((self.column_of(PROGRAM), "There is no such program."))
        return remarks

    def repeated(self, kind: str, number: int) -> Remark:
        return self.column_of(REFERENCE), f"Same reference as row {number}."


def build_adjustment_columns(org: Organization, mapping: ColumnMapping) -> Mapping[str, Column]:
    """Return all columns by target, in display order."""
    text, group = TextWidget(), "Adjustment"
    columns = [
        *build_customer_columns("Customer"),
        Column(
            POINTS,
            "Points",
            AmountWidget(decimal_comma=mapping.decimal_comma),
            group=group,
            synonyms="adjustment adjust pointsadjusted",
        ),
        Column(REASON, "Reason", text, group=group, synonyms="notes note comment comments why"),
        Column(PROGRAM, "Program", text, group=group, synonyms="programid programname"),
        Column(REFERENCE, "Reference", text, group=group, synonyms="referenceid ref"),
    ]
    return {column.target: column for column in columns}


def adjust_points(
    origin: Origin, reader: AdjustmentReader, rows: Sequence[AdjustmentRow]
) -> list[RowEffect]:
    """Adjust the points of a chunk; one effect for each row, in order.

    Each row builds on the rows before it. A balance never becomes negative.
    """
    owners = IdentifierOwners(origin.org.pk, [row.lookup for row in rows])
    customers = [owners.find_customer(row.lookup, reader.column_of) for row in rows]
    movements = [
        Movement(
            customer_id=customer,
            kind="ADJUST",
            points=row.values[POINTS],
            program_id=row.program_id,
            notes=row.values[REASON],
            reference=f"{_REFERENCE_PREFIX}{row.values[REFERENCE]}"
            if REFERENCE in row.values
            else "",
            issued_by_id=origin.actor_id,
        )
        for row, customer in zip(rows, customers, strict=True)
        if isinstance(customer, int)
    ]
    posted = iter(post_movements(origin=origin, movements=movements))
    effects = []
    for row, customer in zip(rows, customers, strict=True):
        if isinstance(customer, int):
            effects.append(_build_effect(row, customer, next(posted), reader.column_of))
        else:
            # The reader has refused rows that name no customer.
            effects.append(RowEffect(ERROR, remarks=[customer] if customer else []))
    return effects


def _build_effect(
    row: AdjustmentRow, customer: int, posted: PostingResult, column_of: ColumnOf
) -> RowEffect:
    if posted.refusal is not None:
        return RowEffect(ERROR, remarks=[_build_remark(posted.refusal, column_of)])
    if posted.is_repeat:
        remark = column_of(REFERENCE), "This reference was used for the same points before."
        return RowEffect(SKIP, customer, remarks=[remark])
    points = Decimal(row.values[POINTS])
    after = {"customer": customer, "program": posted.program_id, "points": str(points)}
    return RowEffect(CREATE, customer, None, after, [("", f"{points:+,.2f} points.")])


def _build_remark(refusal: DomainError, column_of: ColumnOf) -> Remark:
    if isinstance(refusal, errors.InsufficientPoints):
        left = refusal.facts["available"]
        return column_of(POINTS), f"Only {left:,.2f} points are available at this row."
    target, sentence = {
        errors.NotEnrolled: (PROGRAM, "The customer is not enrolled in this program."),
        errors.ProgramUnknown: (PROGRAM, "There is no such program."),
        errors.LedgerTextInvalid: (REASON, "The reason is too long or has invalid characters."),
        errors.PointsInvalid: (POINTS, "Invalid number of points."),
        errors.ReferenceUsedOtherwise: (REFERENCE, "This reference was used for other points."),
    }.get(type(refusal), ("", f"Refused: {refusal.code}."))
    return column_of(target), sentence


def _get_setter(column: Column) -> Callable[[AdjustmentRow, Any], None]:
    """Return the function that stores a clean cell of this column."""
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda parsed, value: parsed.identifiers.append((key, value))
    return lambda parsed, value: parsed.values.__setitem__(kind, value)


plan_adjustments = partial(dry_run_rows, operation=adjust_points)
apply_adjustments = partial(apply_staged_rows, operation=adjust_points)
