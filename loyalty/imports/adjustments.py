"""Points given and taken by the row, with a reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from crm.importing.cells import TextWidget
from crm.importing.columns import Column, ColumnOf
from crm.importing.mapping import FileReading
from crm.importing.rehearsing import CREATE, ERROR, SKIP, Effect, perform_rows, rehearse_rows
from crm.importing.row_cells import CellReader, Unreadable
from crm.importing.whom import IDENTIFIER, Owners, Whom, columns_of_customers, read_whom
from crm.kernel.errors import DomainError
from crm.runs.operations.staging import Key, Remark
from crm.runs.reading.table import Row
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.imports.amounts import AmountWidget
from loyalty.imports.sentences import REFERENCE
from loyalty.operations.posting import Posted, post_movements
from loyalty.queries.programs import get_programs
from loyalty.rules.movements import Movement

POINTS, REASON, PROGRAM = "points", "reason", "program"
_LONGEST_REFERENCE = 80
# Keeps the references of files apart from those of other callers.
_PREFIX = "import:"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentsReading(FileReading):
    """What holds for all rows; ``program_id`` None is the default program."""

    program_id: int | None = None


@dataclass(slots=True)
class Adjustment:
    """What a row says; ``keys`` are those under which it may stand only once in a file."""

    whom: Whom = field(default_factory=Whom)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    program_id: int | None = None

    @property
    def keys(self) -> Sequence[Key]:
        reference = self.values.get(REFERENCE)
        return [(REFERENCE, reference)] if reference else []


class AdjustmentReader:
    """Reads the rows of one file."""

    def __init__(
        self, org: Organization, names: Sequence[str], reading: AdjustmentsReading
    ) -> None:
        self._org = org
        self._reading = reading
        self._programs = {
            word: program.id
            for program in get_programs(org.pk).values()
            for word in (str(program.id), program.name.casefold())
        }
        self._cells: CellReader[Adjustment] = CellReader(
            names=names,
            reading=reading,
            columns=adjustment_columns(org, reading),
            keeper=_keeper,
        )
        self.column_of = self._cells.column_of

    def read(self, row: Row) -> Adjustment:
        """Say what the row means.

        Raises:
            Unreadable: with a remark for each cell that makes no sense.
        """
        said = Adjustment(program_id=self._reading.program_id)
        remarks = self._cells.read(row, said)
        try:
            said.whom = read_whom(self._org, said.identifiers, self.column_of)
        except ValueError as problem:
            remarks.append(problem.args)
        if not said.identifiers:
            remarks.append(("", "The row names no customer."))
        if not remarks:
            remarks += self._missing(said)
        if remarks:
            raise Unreadable(remarks)
        return said

    def _missing(self, said: Adjustment) -> list[Remark]:
        remarks: list[Remark] = []
        if not said.values.get(POINTS):
            remarks.append((self.column_of(POINTS), "Give a number of points other than 0."))
        if REASON not in said.values:
            remarks.append((self.column_of(REASON), "Say why the points are given or taken."))
        if len(said.values.get(REFERENCE, "")) > _LONGEST_REFERENCE:
            remarks.append((self.column_of(REFERENCE), "This reference is too long."))
        if (name := said.values.get(PROGRAM)) is not None:
            said.program_id = self._programs.get(name.casefold())
            if said.program_id is None:
                remarks.append((self.column_of(PROGRAM), "There is no such program."))
        return remarks

    def repeated(self, kind: str, number: int) -> Remark:
        return self.column_of(REFERENCE), f"Same reference as row {number}."


def adjustment_columns(org: Organization, reading: FileReading) -> Mapping[str, Column]:
    """All columns by target, in the order in which they are offered."""
    text, group = TextWidget(), "Adjustment"
    columns = [
        *columns_of_customers("Customer"),
        Column(
            POINTS,
            "Points",
            AmountWidget(decimal_comma=reading.decimal_comma),
            group=group,
            synonyms="adjustment adjust pointsadjusted",
        ),
        Column(REASON, "Reason", text, group=group, synonyms="notes note comment comments why"),
        Column(PROGRAM, "Program", text, group=group, synonyms="programid programname"),
        Column(REFERENCE, "Reference", text, group=group, synonyms="referenceid ref"),
    ]
    return {column.target: column for column in columns}


def adjust(origin: Origin, reader: AdjustmentReader, said: Sequence[Adjustment]) -> list[Effect]:
    """Give and take the points of a chunk; one effect for each row, in order.

    A row sees those before it. Nobody ever has less than nothing.
    """
    owners = Owners(origin.org.pk, [one.whom for one in said])
    found = [owners.of(one.whom, reader.column_of) for one in said]
    movements = [
        Movement(
            customer_id=customer,
            kind="ADJUST",
            points=one.values[POINTS],
            program_id=one.program_id,
            notes=one.values[REASON],
            reference=f"{_PREFIX}{one.values[REFERENCE]}" if REFERENCE in one.values else "",
            issued_by_id=origin.actor_id,
        )
        for one, customer in zip(said, found, strict=True)
        if isinstance(customer, int)
    ]
    posted = iter(post_movements(origin=origin, movements=movements))
    effects = []
    for one, customer in zip(said, found, strict=True):
        if isinstance(customer, int):
            effects.append(_effect(one, customer, next(posted), reader.column_of))
        else:
            # A row that names nobody was not let in by the reader.
            effects.append(Effect(ERROR, remarks=[customer] if customer else []))
    return effects


def _effect(said: Adjustment, customer: int, posted: Posted, column_of: ColumnOf) -> Effect:
    if posted.refusal is not None:
        return Effect(ERROR, remarks=[_refused(posted.refusal, column_of)])
    if posted.is_repeat:
        remark = column_of(REFERENCE), "These points were moved under this reference before."
        return Effect(SKIP, customer, remarks=[remark])
    points = Decimal(said.values[POINTS])
    after = {"customer": customer, "program": posted.program_id, "points": str(points)}
    return Effect(CREATE, customer, None, after, [("", f"{points:+,.2f} points.")])


def _refused(refusal: DomainError, column_of: ColumnOf) -> Remark:
    if isinstance(refusal, errors.InsufficientPoints):
        left = refusal.facts["available"]
        return column_of(POINTS), f"Only {left:,.2f} points are left to take at this row."
    target, sentence = {
        errors.NotEnrolled: (PROGRAM, "The customer is no member of this program."),
        errors.ProgramUnknown: (PROGRAM, "There is no such program. Choose one."),
        errors.LedgerTextInvalid: (REASON, "The reason is too long or unreadable."),
        errors.PointsInvalid: (POINTS, "These are no points."),
        errors.ReferenceUsedOtherwise: (REFERENCE, "This reference stands for other points."),
    }.get(type(refusal), ("", f"Refused: {refusal.code}."))
    return column_of(target), sentence


def _keeper(column: Column) -> Callable[[Adjustment, Any], None]:
    """Where a clean cell of this column goes."""
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda said, value: said.identifiers.append((key, value))
    return lambda said, value: said.values.__setitem__(kind, value)


plan_adjustments = partial(rehearse_rows, act=adjust)
apply_adjustments = partial(perform_rows, act=adjust)
