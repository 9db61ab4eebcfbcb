"""Rows of a file: parsed by the columns, and with the effect of importing them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.imports.operations.staged_rows import Key, Remark
from crm.imports.queries.import_runs import StagedRow


class UnreadableRow(Exception):
    """The row cannot be parsed; ``remarks`` say why."""

    def __init__(self, remarks: Sequence[Remark]) -> None:
        super().__init__(remarks)
        self.remarks = remarks


@dataclass(slots=True)
class ParsedRow:
    """The clean cells of a row, assigned by the columns.

    ``values`` are by target; those of targets like ``field.city`` are in ``groups``, by the part
    before the dot and the part after it. ``lookup`` are the normalised identifiers of the
    customer, and ``columns`` the column of each identifier. ``ignored`` are remarks about cells
    that were left out. Each of ``keys`` may occur only once in a file. ``staged`` is the row as
    the dry run stored it, when the row is applied.
    """

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    identifiers: list[Key] = field(default_factory=list)
    lookup: Sequence[Key] = ()
    columns: dict[Key, str] = field(default_factory=dict)
    ignored: list[Remark] = field(default_factory=list)
    keys: Sequence[Key] = ()
    staged: StagedRow | None = None


@dataclass(frozen=True, slots=True)
class RowEffect:
    """The outcome of importing a row; an ERROR has written nothing.

    ``trail`` is what an undo needs beside ``before`` and ``after``, of a row that was applied.
    """

    outcome: str
    subject_id: int | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    remarks: Sequence[Remark] = ()
    trail: dict[str, Any] | None = None
