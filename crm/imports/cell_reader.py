"""Parse a row of cells by the mapped columns, or remark which cells are invalid."""

from collections.abc import Mapping, Sequence

from crm.imports.cells import spreadsheet_fault, strip_cell
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import IDENTIFIER, Column
from crm.imports.files.table import Row
from crm.imports.header_names import rank_header
from crm.imports.operations.staged_rows import Remark
from crm.imports.parsed_rows import ParsedRow, UnreadableRow
from crm.imports.readings import AnotherReading, Question
from crm.kernel.staff_texts import TextTemplate

CELL_FAULT = TextTemplate("“{text}” {problem}.")
NO_IDENTIFIER = TextTemplate("“{text}” is no identifier and was ignored.")
RAGGED_ROW = TextTemplate("The row has {cells} cells, the header {header}.")


class CellReader:
    """Parses the rows of one file: each mapped column cleans its cell and assigns it."""

    def __init__(
        self, *, names: Sequence[str], mapping: ColumnMapping, columns: Mapping[str, Column]
    ) -> None:
        self._names = names
        self._width = len(names)
        self._defaults = [*mapping.defaults, *[""] * self._width][: self._width]
        order = _order_columns(names, mapping.targets)
        self._columns = [
            (index, self._defaults[index], columns[mapping.targets[index]], names[index])
            for index in order
            if mapping.targets[index] in columns
        ]
        self._settled = frozenset(mapping.settled)
        # The first cell that contradicts how the file is read.
        self.question: Question | None = None
        self._index_by_target: dict[str, int] = {}
        for index in order:
            self._index_by_target.setdefault(mapping.targets[index], index)

    def column_of(self, target: str) -> str:
        """Return the name of the column mapped to this target; blank when there is none."""
        index = self._index_by_target.get(target)
        return "" if index is None else self._names[index]

    def has(self, target: str) -> bool:
        return target in self._index_by_target

    def get_text(self, row: Row, target: str) -> str:
        """Return the raw text of the cell mapped to this target; blank when there is none."""
        index = self._index_by_target.get(target)
        if index is None:
            return ""
        return (strip_cell(row.cells[index]) if index < len(row.cells) else "") or self._defaults[
            index
        ]

    def read(self, row: Row, parsed: ParsedRow) -> list[Remark]:
        """Assign the clean cells to ``parsed``; return a remark for each invalid cell.

        Raises:
            UnreadableRow: the row itself is malformed.
        """
        cells = row.cells
        if row.fault:
            raise UnreadableRow([("", f"{row.fault[:1].upper()}{row.fault[1:]}.")])
        if len(cells) != self._width:
            self._refuse_ragged(cells)
        remarks: list[Remark] = []
        for index, default, column, name in self._columns:
            text = strip_cell(cells[index]) or default
            if not text:
                continue
            if fault := spreadsheet_fault(text):
                remarks.append((name, CELL_FAULT(text=text[:40], problem=fault)))
                continue
            if column.is_placeholder(text):
                parsed.ignored.append((name, NO_IDENTIFIER(text=text[:40])))
                continue
            try:
                column.assign(parsed, column.clean(text))
            except ValueError as problem:
                remarks.append((name, CELL_FAULT(text=text[:40], problem=str(problem))))
                if isinstance(problem, AnotherReading):
                    self._ask(problem, row.number, name, text)
            else:
                if column.kind == IDENTIFIER:
                    parsed.columns[column.key, text] = name
        return remarks

    def _ask(self, problem: AnotherReading, row: int, column: str, text: str) -> None:
        if self.question is None and problem.about not in self._settled:
            self.question = Question(problem.about, row, column, text[:40], str(problem))

    def _refuse_ragged(self, cells: Sequence[str]) -> None:
        if len(cells) > self._width and not any(cells[self._width :]):
            return  # Spreadsheets leave trailing delimiters of deleted columns.
        raise UnreadableRow([("", RAGGED_ROW(cells=len(cells), header=self._width))])


def _order_columns(names: Sequence[str], targets: Sequence[str]) -> list[int]:
    """Return the mapped columns in order; of several with one target, "Mobile 2" comes later."""
    first = {target: index for index, target in reversed([*enumerate(targets)]) if target}
    mapped = (index for index, target in enumerate(targets) if target)
    return sorted(mapped, key=lambda index: (first[targets[index]], rank_header(names[index])))
