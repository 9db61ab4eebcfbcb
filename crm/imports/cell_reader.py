"""Parse a row of cells by the mapped columns, or remark which cells are invalid."""

from collections.abc import Mapping, Sequence

from crm.imports.cells import spreadsheet_fault, strip_cell
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column
from crm.imports.files.table import Row
from crm.imports.operations.staged_rows import Remark
from crm.imports.parsed_rows import ParsedRow, UnreadableRow


class CellReader:
    """Parses the rows of one file: each mapped column cleans its cell and assigns it."""

    def __init__(
        self, *, names: Sequence[str], mapping: ColumnMapping, columns: Mapping[str, Column]
    ) -> None:
        self._names = names
        self._width = len(names)
        self._defaults = [*mapping.defaults, *[""] * self._width][: self._width]
        self._columns = [
            (index, default, columns[target].clean, columns[target].assign, names[index])
            for index, (target, default) in enumerate(
                zip(mapping.targets, self._defaults, strict=True)
            )
            if target in columns
        ]
        self._index_by_target: dict[str, int] = {}
        for index, target in enumerate(mapping.targets):
            if target:
                self._index_by_target.setdefault(target, index)

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
        for index, default, clean, assign, name in self._columns:
            text = strip_cell(cells[index]) or default
            if not text:
                continue
            if fault := spreadsheet_fault(text):
                remarks.append((name, f"“{text[:40]}” {fault}."))
                continue
            try:
                assign(parsed, clean(text))
            except ValueError as problem:
                remarks.append((name, f"“{text[:40]}” {problem}."))
        return remarks

    def _refuse_ragged(self, cells: Sequence[str]) -> None:
        if len(cells) > self._width and not any(cells[self._width :]):
            return  # Spreadsheets leave trailing delimiters of deleted columns.
        raise UnreadableRow([("", f"The row has {len(cells)} cells, the header {self._width}.")])
