"""For kinds of imports whose dry run is the run itself, taken back at once.

So the preview refuses what the operations refuse, and no rule of theirs is written here. A dry
run sees the database and its own chunk: a limit that earlier chunks of the same file will reach
is met in the run, where the row is refused with the same words.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.db import transaction

from crm.importing.row_cells import Unreadable
from crm.kernel.planning import plan_for_growing_tables
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportRow
from crm.runs.operations.staging import Decided, Key, Remark, mark_applied, mark_refused, stage_rows
from crm.runs.queries.imports import StagedRow, find_first_rows
from crm.runs.reading.table import Row
from crm.tenancy.origin import Origin

CREATE, UPDATE, SKIP, ERROR = ImportRow.Outcome.values
CHANGED = "This has changed since the preview; nothing was done. Check the file again."
NOTHING = "Nothing differs from what is stored."


class Meant(Protocol):
    """What a row says; ``keys`` are those under which it may stand only once in a file."""

    @property
    def keys(self) -> Sequence[Key]: ...


Meaning = TypeVar("Meaning", bound=Meant, covariant=True)


class Reader(Protocol[Meaning]):
    """Reads the rows of one file."""

    def read(self, row: Row) -> Meaning:
        """Raises Unreadable."""

    def column_of(self, target: str) -> str: ...

    def repeated(self, kind: str, number: int) -> Remark:
        """Says in which earlier row a key of this kind stood."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What doing a row came to; of an ERROR nothing was written."""

    outcome: str
    subject_id: int | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    remarks: Sequence[Remark] = ()


# Does rows in a unit of work, by a constant number of queries; one effect for each, in order.
Act = Callable[[Origin, Any, Sequence[Any]], list[Effect]]


class _Unforeseen(Exception):
    """Some rows did something else than the preview showed: all must be undone, they left out."""

    def __init__(self, rows: set[int]) -> None:
        super().__init__(rows)
        self.rows = rows


@within_unit_of_work
def rehearse_rows(
    *, act: Act, origin: Origin, import_id: int, reader: Reader[Any], rows: Sequence[Row]
) -> dict[str, int]:
    """Stage a chunk of rows with what each would do; return how many come to what.

    The first row in which a key stands decides for the whole file: later ones are skipped. A row
    that cannot be read stands for nothing.
    """
    plan_for_growing_tables()
    decided: list[Decided] = []
    items: list[tuple[Decided, Any]] = []
    for row in rows:
        line = Decided(row.number, row.cells)
        decided.append(line)
        try:
            items.append((line, reader.read(row)))
        except Unreadable as unreadable:
            line.remarks = unreadable.remarks
    firsts, new = _pass_over_repeats(import_id, items, reader)
    with transaction.atomic():
        effects = act(origin, reader, [meaning for _, meaning in firsts])
        transaction.set_rollback(True)
    for (line, _), effect in zip(firsts, effects, strict=True):
        line.outcome, line.remarks = effect.outcome, effect.remarks
        line.before, line.after = effect.before, effect.after
        # Whatever was made is gone again.
        line.subject_id = None if effect.outcome == CREATE else effect.subject_id
    stage_rows(import_id=import_id, rows=decided, keys=new.items())
    counts = {outcome.lower(): 0 for outcome in ImportRow.Outcome.values}
    for line in decided:
        counts[line.outcome.lower()] += 1
    return counts


def _pass_over_repeats(
    import_id: int, items: Sequence[tuple[Decided, Any]], reader: Reader[Any]
) -> tuple[list[tuple[Decided, Any]], dict[Key, int]]:
    """Skip the rows one of whose keys stood before; return the others, and the new keys."""
    keys = {key for _, meaning in items for key in meaning.keys}
    seen = find_first_rows(import_id=import_id, keys=keys)
    firsts: list[tuple[Decided, Any]] = []
    new: dict[Key, int] = {}
    for line, meaning in items:
        repeats = [(key[0], seen[key]) for key in meaning.keys if key in seen]
        for key in meaning.keys:
            if key not in seen:
                seen[key] = new[key] = line.number
        if repeats:
            line.outcome, line.remarks = SKIP, [reader.repeated(*repeats[0])]
        else:
            firsts.append((line, meaning))
    return firsts, new


@within_unit_of_work
def perform_rows(
    *, act: Act, origin: Origin, reader: Reader[Any], rows: Sequence[StagedRow]
) -> dict[str, int]:
    """Do rows as they were shown; return how many came to what.

    A row that is refused by now, or would do anything else, is left out and says so.
    """
    plan_for_growing_tables()
    refused: dict[int, Sequence[Remark]] = {}
    items: list[tuple[StagedRow, Any]] = []
    for row in rows:
        try:
            items.append((row, reader.read(Row(row.number, row.cells))))
        except Unreadable as unreadable:
            refused[row.pk] = unreadable.remarks
    # Each round leaves out at least one row, and a world that stands still needs one round.
    for _ in range(len(rows) + 1):
        try:
            with transaction.atomic():
                wanted = [item for item in items if item[0].pk not in refused]
                subjects, no_longer = _perform(act, origin, reader, wanted)
            break
        except _Unforeseen as unforeseen:
            refused |= {pk: [("", CHANGED)] for pk in unforeseen.rows}
    refused |= no_longer
    mark_applied(subjects=sorted(subjects.items()))
    mark_refused(remarks=sorted(refused.items()))
    counts = {"create": 0, "update": 0, "changed": len(refused)}
    for row in rows:
        if row.pk in subjects:
            counts[row.outcome.lower()] += 1
    return counts


def _perform(
    act: Act, origin: Origin, reader: Reader[Any], items: Sequence[tuple[StagedRow, Any]]
) -> tuple[dict[int, int], dict[int, Sequence[Remark]]]:
    subjects: dict[int, int] = {}
    no_longer: dict[int, Sequence[Remark]] = {}
    unforeseen: set[int] = set()
    effects = act(origin, reader, [meaning for _, meaning in items])
    for (row, _), effect in zip(items, effects, strict=True):
        if effect.outcome == ERROR:
            no_longer[row.pk] = effect.remarks
        elif _is_as_shown(row, effect):
            subjects[row.pk] = effect.subject_id or 0
        elif effect.outcome == SKIP:
            no_longer[row.pk] = [("", CHANGED)]
        else:
            unforeseen.add(row.pk)
    if unforeseen:
        raise _Unforeseen(unforeseen)
    return subjects, no_longer


def _is_as_shown(row: StagedRow, effect: Effect) -> bool:
    shown = (row.outcome, row.before, row.after)
    is_same = shown == (effect.outcome, effect.before, effect.after)
    return is_same and (row.outcome == CREATE or row.subject_id == effect.subject_id)


def facts_of(checked: Mapping[str, int], done: Mapping[str, int]) -> list[str]:
    """What the numbers alone do not tell."""
    changed = done.get("changed", 0)
    return [f"{changed:,} rows could no longer be done as shown; nothing was done."] * bool(changed)
