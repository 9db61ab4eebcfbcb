"""Parse a row of cells into clean values, or into remarks about invalid cells."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from crm.imports.cells import strip_cell
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column
from crm.imports.files.table import Row
from crm.imports.files.xlsx_table import UNCOMPUTED
from crm.imports.operations.staged_rows import Remark

RowT = TypeVar("RowT")

# What Excel and its kin write where a value should be, in the languages that they speak.
_ERROR_CELL = re.compile(
    r"#(?:N/[AVDB]|N/DISP|NV|GETTING_DATA|[¡¿]?(?:REF|BEZUG|RIF|VERW|DIV/0|VALUE|WERT|VALEUR|VALOR|WAARDE"
    r"|NUM|ZAHL|NOMBRE|GETAL|NULL|NUL|NULO|NAME|NOM|NOME|NAAM|SPILL|CALC|FIELD|BLOCKED|CONNECT|BUSY"
    r"|UNKNOWN|EXTERNAL|PYTHON|TIMEOUT)[!?]|#+)",
    re.IGNORECASE,
)
_LOST_DIGITS = re.compile(r"[-+]?\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE | re.ASCII)
ERROR_CELL = "is an error of the spreadsheet and no value"
NO_RESULT = "is a formula without its result; open the file in Excel and save it again"
LOST_DIGITS = "has lost digits in a spreadsheet; format the column as text"


class UnreadableRow(Exception):
    """The row cannot be parsed; ``remarks`` say why."""

    def __init__(self, remarks: list[Remark]) -> None:
        super().__init__(remarks)
        self.remarks = remarks


class CellReader(Generic[RowT]):
    """Parses the cells of a row and stores each value with the setter of its column."""

    def __init__(
        self,
        *,
        names: Sequence[str],
        mapping: ColumnMapping,
        columns: Mapping[str, Column],
        get_setter: Callable[[Column], Callable[[RowT, Any], None]],
    ) -> None:
        self._width = len(names)
        self._defaults = [*mapping.defaults, *[""] * self._width][: self._width]
        self._cells = [
            (
                index,
                default,
                columns[target].widget.clean,
                get_setter(columns[target]),
                names[index],
            )
            for index, (target, default) in enumerate(
                zip(mapping.targets, self._defaults, strict=True)
            )
            if target in columns
        ]
        self._index_by_target: dict[str, int] = {}
        for index, target in enumerate(mapping.targets):
            if target:
                self._index_by_target.setdefault(target, index)
        self._names = names

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

    def read(self, row: Row, parsed: RowT) -> list[Remark]:
        """Store the clean cells in ``parsed``; return a remark for each invalid cell.

        Raises:
            UnreadableRow: the row itself is malformed.
        """
        cells = row.cells
        if row.fault:
            raise UnreadableRow([("", f"{row.fault[:1].upper()}{row.fault[1:]}.")])
        if len(cells) != self._width:
            self._refuse_ragged(cells)
        remarks: list[Remark] = []
        for index, default, clean, set_value, name in self._cells:
            text = strip_cell(cells[index]) or default
            if not text:
                continue
            if fault := spreadsheet_fault(text):
                remarks.append((name, f"“{text[:40]}” {fault}."))
                continue
            try:
                set_value(parsed, clean(text))
            except ValueError as problem:
                remarks.append((name, f"“{text[:40]}” {problem}."))
        return remarks

    def _refuse_ragged(self, cells: Sequence[str]) -> None:
        if len(cells) > self._width and not any(cells[self._width :]):
            return  # Spreadsheets leave trailing delimiters of deleted columns.
        raise UnreadableRow([("", f"The row has {len(cells)} cells, the header {self._width}.")])


def spreadsheet_fault(text: str) -> str:
    """Say why a cell's text is nothing that anybody entered; blank when it may be."""
    match text[:1]:
        case "#":
            if text.startswith(UNCOMPUTED):
                return NO_RESULT
            return ERROR_CELL if _ERROR_CELL.fullmatch(text) else ""
        case _:
            return LOST_DIGITS if "+" in text and _LOST_DIGITS.fullmatch(text) else ""
