"""From a row of cells to clean values, or to why the row cannot be read."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from crm.importing.cells import bare
from crm.importing.columns import Column
from crm.importing.mapping import FileReading
from crm.runs.operations.staging import Remark
from crm.runs.reading.table import Row
from crm.runs.reading.xlsx_table import UNCOMPUTED

Said = TypeVar("Said")

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


class Unreadable(Exception):
    """The row says something that nobody can mean."""

    def __init__(self, remarks: list[Remark]) -> None:
        super().__init__(remarks)
        self.remarks = remarks


class CellReader(Generic[Said]):
    """Cleans the cells of one file's rows and puts them where ``keeper`` says."""

    def __init__(
        self,
        *,
        names: Sequence[str],
        reading: FileReading,
        columns: Mapping[str, Column],
        keeper: Callable[[Column], Callable[[Said, Any], None]],
    ) -> None:
        self._width = len(names)
        self._defaults = [*reading.defaults, *[""] * self._width][: self._width]
        self._cells = [
            (place, default, columns[target].widget.clean, keeper(columns[target]), names[place])
            for place, (target, default) in enumerate(
                zip(reading.targets, self._defaults, strict=True)
            )
            if target in columns
        ]
        self._place_of: dict[str, int] = {}
        for place, target in enumerate(reading.targets):
            if target:
                self._place_of.setdefault(target, place)
        self._names = names

    def column_of(self, target: str) -> str:
        """The name of the column that this target is read from; blank when there is none."""
        place = self._place_of.get(target)
        return "" if place is None else self._names[place]

    def has(self, target: str) -> bool:
        return target in self._place_of

    def text_of(self, row: Row, target: str) -> str:
        """What the row says there, as it is written; blank when it says nothing."""
        place = self._place_of.get(target)
        if place is None:
            return ""
        return (bare(row.cells[place]) if place < len(row.cells) else "") or self._defaults[place]

    def read(self, row: Row, said: Said) -> list[Remark]:
        """Fill ``said`` with the clean cells; return a remark for each that makes no sense.

        Raises:
            Unreadable: the row itself is damaged, so that no cell of it can be trusted.
        """
        cells = row.cells
        if row.fault:
            raise Unreadable([("", f"{row.fault[:1].upper()}{row.fault[1:]}.")])
        if len(cells) != self._width:
            self._refuse_ragged(cells)
        remarks: list[Remark] = []
        for place, default, clean, keep, name in self._cells:
            text = bare(cells[place]) or default
            if not text:
                continue
            if fault := spreadsheet_fault(text):
                remarks.append((name, f"“{text[:40]}” {fault}."))
                continue
            try:
                keep(said, clean(text))
            except ValueError as problem:
                remarks.append((name, f"“{text[:40]}” {problem}."))
        return remarks

    def _refuse_ragged(self, cells: Sequence[str]) -> None:
        if len(cells) > self._width and not any(cells[self._width :]):
            return  # Spreadsheets leave delimiters behind where columns were.
        raise Unreadable([("", f"The row has {len(cells)} cells, the header {self._width}.")])


def spreadsheet_fault(text: str) -> str:
    """Say why a cell's text is nothing that anybody entered; blank when it may be."""
    match text[:1]:
        case "#":
            if text.startswith(UNCOMPUTED):
                return NO_RESULT
            return ERROR_CELL if _ERROR_CELL.fullmatch(text) else ""
        case _:
            return LOST_DIGITS if "+" in text and _LOST_DIGITS.fullmatch(text) else ""
