"""What every import type has: texts, columns, options, and the parsing of rows."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from crm.imports.cell_reader import CellReader
from crm.imports.column_mapping import (
    ColumnMapping,
    guess_day_first,
    guess_decimal_comma,
    strip_sample,
)
from crm.imports.columns import IDENTIFIER, Column
from crm.imports.customer_columns import read_lookup
from crm.imports.files.table import Row
from crm.imports.header_names import IGNORE, guess_targets
from crm.imports.import_modes import OUTSIDE_MODE
from crm.imports.operations.staged_rows import PlannedRow, Remark
from crm.imports.parsed_rows import ParsedRow, UnreadableRow
from crm.imports.queries.import_runs import Group, StagedRow
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.readings import About, CellFormats, Question
from crm.imports.undo_context import CANNOT_BE_UNDONE, UndoContext
from crm.kernel.staff_texts import StaffText, TextTemplate
from crm.runs.models import ImportRow, ImportRun
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin

ROWS_DRIFTED = TextTemplate("{count:,} rows had changed since the preview and were not imported.")

CREATE, UPDATE, UNCHANGED, SKIP, ERROR, DRIFTED = ImportRow.Outcome.values
OUTCOMES_OF_DRY_RUN = (CREATE, UPDATE, UNCHANGED, SKIP, ERROR)
Counts = Mapping[str, int]
# The name of the option (blank for the whole form), and an error message.
MappingFault = tuple[str, str]
# The target of a column, or the part before its dot, and what is wrong without it.
Requirement = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOption:
    """A value for all rows of a file: one of ``choices``, or a yes/no switch without choices.

    ``name`` is an attribute of the column mapping. A choice is stored in the type of its key.
    ``blank`` is the label of the empty choice; without it a choice is required.
    """

    name: str
    label: str
    choices: Sequence[tuple[str | int, str]] = ()
    blank: str = ""


class FileImport(ABC):
    """One import type: the class describes it to the pages, an instance imports the rows of a file.

    ``key``: the stored name; ``short_name``: how callers name it, where that differs.
    ``singular``, ``plural``: names of its rows. ``permission`` and ``extra_permissions``: all are
    required to import such a file. ``subject``: the model, as "app.model", that
    ``ImportRow.subject_id`` refers to. ``example``: a header that is mapped automatically.
    ``hints``: help texts of the upload page. ``mapping_class``: its column mapping, with the
    options as attributes. ``row_class``: its parsed row. ``required_columns``: a mapping needs a
    column for each. ``required_cells``: a row needs a value for each. ``repeatable``: several
    columns of one file may be mapped to targets that begin with these.
    """

    key: ClassVar[str]
    short_name: ClassVar[str] = ""
    singular: ClassVar[str]
    plural: ClassVar[str]
    permission: ClassVar[str]
    extra_permissions: ClassVar[Sequence[str]] = ()
    # What a credential needs beside the scope for imports; blank: nothing.
    scope: ClassVar[str] = ""
    subject: ClassVar[str]
    example: ClassVar[Sequence[str]]
    hints: ClassVar[Sequence[str]]
    mapping_class: ClassVar[type[ColumnMapping]] = ColumnMapping
    row_class: ClassVar[type[ParsedRow]] = ParsedRow
    required_columns: ClassVar[Sequence[Requirement]] = ()
    required_cells: ClassVar[Sequence[Requirement]] = ()
    repeatable: ClassVar[Sequence[str]] = (IDENTIFIER,)
    # Whether rows belong together, such as the lines of a transaction: see ``settle_groups``.
    is_grouped: ClassVar[bool] = False
    # Whether a row can only be undone by its trail, which rows of older releases lack.
    needs_trail: ClassVar[bool] = False

    mapping: Any
    # Which rows are imported; set before the first row is planned.
    mode: str = ImportRun.Mode.UPSERT

    def __init__(self, org: Organization, names: Sequence[str], mapping: Any) -> None:
        formats = CellFormats(
            org.zone,
            mapping.day_first,
            mapping.decimal_comma,
            org.default_country,
            mapping.has_typed_numbers,
        )
        self.org = org
        self.mapping = mapping
        self.cells = CellReader(names=names, mapping=mapping, columns=self.columns(org, formats))
        self.column_of = self.cells.column_of

    @property
    def question(self) -> Question | None:
        """The first cell read so far that contradicts how the file is read."""
        return self.cells.question

    # What the pages ask.

    @classmethod
    def permissions(cls) -> Sequence[str]:
        return [cls.permission, *cls.extra_permissions]

    @classmethod
    @abstractmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        """Return the columns that a file can have by the title of their group, in display order."""

    @classmethod
    def columns(cls, org: Organization, formats: CellFormats) -> Mapping[str, Column]:
        """Return the columns that a file can have by target."""
        groups = cls.column_groups(org, formats).values()
        return {column.target: column for columns in groups for column in columns}

    @classmethod
    def options(cls, org: Organization) -> Sequence[ImportOption]:
        """Return the options for all rows."""
        return []

    @classmethod
    def guess(
        cls,
        org: Organization,
        names: Sequence[str],
        sample: Sequence[Sequence[str]],
        *,
        delimiter: str = "",
        remembered: Mapping[str, Any] | None = None,
    ) -> ColumnMapping:
        """Guess the column mapping and the options from the header and the first rows.

        ``remembered`` is a stored mapping: it decides how dates and numbers are written where the
        rows do not.
        """
        texts = strip_sample(sample)
        columns = cls.columns(org, CellFormats(org.zone))
        cells = [
            [row[index] for row in texts if index < len(row) and row[index]]
            for index in range(len(names))
        ]
        targets = guess_targets(names, cells, columns.values(), cls.guess_target, cls.repeatable)
        return cls.mapping_class(
            targets=targets,
            defaults=[""] * len(names),
            day_first=guess_day_first(
                _list_texts(cells, targets, columns, "dates"), org.default_country, remembered
            ),
            decimal_comma=guess_decimal_comma(
                _list_texts(cells, targets, columns, "numbers"),
                org.default_country,
                delimiter,
                remembered,
            ),
            **cls.guess_options(org, names, targets),
        )

    @classmethod
    def guess_target(cls, cells: Sequence[str]) -> str:
        """Guess the target of a column without a name from its cells."""
        return IGNORE

    @classmethod
    def guess_options(
        cls, org: Organization, names: Sequence[str], targets: Sequence[str]
    ) -> dict[str, Any]:
        return {}

    @classmethod
    def faults(cls, mapping: Any) -> Iterable[MappingFault]:
        """Yield what a mapping lacks."""
        mapped = {*mapping.targets, *(target.partition(".")[0] for target in mapping.targets)}
        for target, sentence in cls.required_columns:
            if target not in mapped:
                yield "", sentence

    @classmethod
    def facts(cls, dry_run_counts: Counts, apply_counts: Counts) -> list[str]:
        """Explain the counts of the dry run and of the run in sentences."""
        if drifted := apply_counts.get("drifted", 0):
            return [ROWS_DRIFTED(count=drifted)]
        return []

    # What the background work does with the rows of a file.

    @abstractmethod
    def plan_rows(self, *, origin: Origin, import_id: int, rows: Sequence[Row]) -> dict[str, int]:
        """Stage a chunk of rows, write nothing else and return counts.

        The counts create, update, unchanged, skip and error are shown as numbers, others by
        ``facts``.
        """

    @abstractmethod
    def apply_rows(self, *, origin: Origin, rows: Sequence[StagedRow]) -> dict[str, int]:
        """Apply staged rows exactly as previewed or not at all.

        Return the counts create, update and drifted (no longer as previewed).
        """

    def settle_groups(
        self, *, origin: Origin, import_id: int, groups: Sequence[Group]
    ) -> dict[str, int]:
        """Decide whole groups of rows when all rows are staged; return counts.

        For types that are grouped: ``plan_rows`` gives these rows a head and counts only the
        others, and ``apply_rows`` gets whole groups.
        """
        raise NotImplementedError

    def undo_rows(
        self, *, context: UndoContext, rows: Sequence[UndoRow]
    ) -> Mapping[int, StaffText]:
        """Undo applied rows, the last one first; return why some are left, by primary key.

        A row is left as it is when somebody touched since what it wrote. The number of queries does
        not depend on the number of rows.
        """
        return {row.pk: CANNOT_BE_UNDONE for row in rows}

    def read(self, row: Row) -> ParsedRow:
        """Parse a row by itself.

        Raises:
            UnreadableRow: with a remark for each thing that is wrong.
        """
        parsed = self.row_class(row.number)
        remarks = self.cells.read(row, parsed)
        parsed.lookup, invalid = read_lookup(
            self.org, parsed.identifiers, self.column_of, parsed.columns
        )
        remarks += invalid
        remarks += self._list_missing(parsed, remarks)
        remarks += self.check(parsed)
        if remarks:
            raise UnreadableRow([*remarks, *parsed.ignored])
        return parsed

    def check(self, parsed: Any) -> list[Remark]:
        """Complete a row whose cells are parsed; return a remark for each thing that is wrong.

        Cells that are invalid or missing have no value; these have their remarks already.
        """
        return []

    def _list_missing(self, parsed: ParsedRow, remarks: Sequence[Remark]) -> list[Remark]:
        remarked = {column for column, _ in remarks}
        missing: list[Remark] = []
        for target, sentence in self.required_cells:
            column = self.column_of(target)
            if target == IDENTIFIER:
                is_missing = not parsed.identifiers
            else:
                is_missing = target not in parsed.values and column not in remarked
            if is_missing:
                missing.append((column, sentence))
        return missing


def _list_texts(
    cells: Sequence[Sequence[str]],
    targets: Sequence[str],
    columns: Mapping[str, Column],
    about: About,
) -> list[str]:
    """Return the cells of the columns with dates or numbers; of all unmapped ones without any."""
    held = [columns[target].about if target in columns else None for target in targets]
    columns_to_read = (
        [cells[index] for index in range(len(cells)) if held[index] == about]
        if about in held
        else [cells[index] for index in range(len(cells)) if not targets[index]]
    )
    return [text for texts in columns_to_read for text in texts]


def count_outcomes(rows: Sequence[PlannedRow]) -> dict[str, int]:
    """Count rows by outcome; all outcomes of a dry run are in it."""
    counts = {outcome.lower(): 0 for outcome in OUTCOMES_OF_DRY_RUN} | {OUTSIDE_MODE: 0}
    for row in rows:
        counts[row.outcome.lower()] += 1
        counts[OUTSIDE_MODE] += row.is_outside_mode
    return counts
