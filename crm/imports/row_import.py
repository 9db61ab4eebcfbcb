"""Imports whose rows are independent: each row is planned, and applied as it was previewed.

The dry run executes the import itself and rolls it back, so the preview refuses exactly what the
operations refuse. It sees the database and its own chunk only: a limit that earlier chunks of the
same file will reach is enforced in the run, where the row is refused with the same message.
"""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from django.db import transaction

from crm.imports.drift import describe_drift
from crm.imports.file_import import (
    CREATE,
    ERROR,
    SKIP,
    UNCHANGED,
    FileImport,
    count_outcomes,
)
from crm.imports.files.table import Row
from crm.imports.import_modes import skip_rows_outside_mode
from crm.imports.key_claims import KeyClaims
from crm.imports.operations.staged_rows import (
    AppliedRow,
    Key,
    PlannedRow,
    Remark,
    mark_applied,
    mark_drifted,
    stage_rows,
)
from crm.imports.parsed_rows import ParsedRow, RowEffect, UnreadableRow
from crm.imports.queries.import_runs import StagedRow
from crm.kernel.query_plans import force_custom_plans
from crm.kernel.staff_texts import TextTemplate, staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin

REPEATED_ROW = TextTemplate("Same {name} as row {number}.")

CHANGED_SINCE_PREVIEW = staff_text(
    "This has changed since the preview and was not imported. Check the file again."
)
NOTHING_DIFFERS = staff_text("No changes.")
# A row that is planned, with its parsed cells.
PlannedItem = tuple[PlannedRow, Any]
# A row that was just applied, with its effect.
StagedEffect = tuple[StagedRow, RowEffect]


class UnexpectedEffects(Exception):
    """Some rows differ from the preview: roll back and try again without them.

    ``drifts``: what is different, by the primary key of the row.
    """

    def __init__(self, drifts: Mapping[int, Sequence[Remark]]) -> None:
        super().__init__(drifts)
        self.drifts = drifts


class RowImport(FileImport):
    """An import type whose rows are independent.

    ``repeats``: the target and the name of each kind of key, for the remark of a repeated row.
    """

    repeats: ClassVar[Mapping[str, tuple[str, str]]] = {}
    changed_since_preview: ClassVar[str] = CHANGED_SINCE_PREVIEW

    @abstractmethod
    def act(self, origin: Origin, rows: Sequence[Any]) -> list[RowEffect]:
        """Import parsed rows and return one effect for each, in order.

        The number of queries does not depend on the number of rows.
        """

    def look_ahead(self, rows: Sequence[Row]) -> None:
        """Look up what the parsing of a chunk needs."""

    def list_keys(self, origin: Origin, parsed: Any) -> Sequence[Key]:
        """Return the keys of a row, each of which may occur only once in a file.

        Raises:
            UnreadableRow: a key cannot be read.
        """
        return []

    def describe_repeat(self, kind: str, number: int) -> Remark:
        """Return the remark that names the earlier row with the same key."""
        target, name = self.repeats[kind]
        return self.column_of(target), REPEATED_ROW(name=name, number=number)

    def explain_refusal(self, remarks: Sequence[Remark]) -> Sequence[Remark]:
        """Return the remarks of a row that was fine in the preview and is refused now."""
        return remarks

    @within_unit_of_work
    def plan_rows(self, *, origin: Origin, import_id: int, rows: Sequence[Row]) -> dict[str, int]:
        """Stage a chunk of rows with the outcome of each; return the number of rows by outcome.

        The first row with a key wins for the whole file: later ones are skipped. An unreadable row
        claims no keys.
        """
        force_custom_plans()
        self.look_ahead(rows)
        planned_rows: list[PlannedRow] = []
        items: list[PlannedItem] = []
        ignored: dict[int, list[Remark]] = {}
        for row in rows:
            planned_row = PlannedRow(row.number, row.cells)
            planned_rows.append(planned_row)
            try:
                parsed = self.read(row)
                ignored[row.number] = parsed.ignored
                parsed.keys = self.list_keys(origin, parsed)
            except UnreadableRow as error:
                planned_row.remarks = error.remarks
            else:
                items.append((planned_row, parsed))
        claims = KeyClaims(import_id)
        self.plan(origin, self._skip_repeats(items, claims), claims)
        skip_rows_outside_mode(self.mode, planned_rows)
        for planned_row in planned_rows:
            if remarks := ignored.get(planned_row.number):
                planned_row.remarks = [*planned_row.remarks, *remarks]
        stage_rows(import_id=import_id, rows=planned_rows, keys=claims.new.items())
        return self.count(planned_rows)

    def _skip_repeats(self, items: Sequence[PlannedItem], claims: KeyClaims) -> list[PlannedItem]:
        """Skip rows with a key of an earlier row; return the others."""
        claims.look_up({key for _, parsed in items for key in parsed.keys})
        first_items = []
        for planned_row, parsed in items:
            repeat = claims.claim(parsed.keys, planned_row.number)
            if repeat is None:
                first_items.append((planned_row, parsed))
            else:
                planned_row.outcome = SKIP
                planned_row.remarks = [self.describe_repeat(*repeat)]
        return first_items

    def take_images(self, origin: Origin, rows: Sequence[Any]) -> Any:
        """Read what these rows are about to change, where ``act`` does not return it.

        The number of queries does not depend on the number of rows.
        """
        return None

    def build_trails(
        self, origin: Origin, rows: Sequence[StagedEffect], images: Any
    ) -> Mapping[int, dict[str, Any]]:
        """Return what an undo needs of rows that were just applied, by primary key.

        The number of queries does not depend on the number of rows.
        """
        return {}

    def plan(self, origin: Origin, items: Sequence[PlannedItem], claims: KeyClaims) -> None:
        """Decide the outcome of each row; nothing is written.

        Rows that the mode leaves out have no influence on the others.
        """
        remaining = list(items)
        while remaining:
            self._rehearse(origin, remaining)
            skip_rows_outside_mode(self.mode, [planned_row for planned_row, _ in remaining])
            inside = [item for item in remaining if not item[0].is_outside_mode]
            if len(inside) == len(remaining):
                break
            remaining = inside

    def _rehearse(self, origin: Origin, items: Collection[PlannedItem]) -> None:
        with transaction.atomic():
            effects = self.act(origin, [parsed for _, parsed in items])
            transaction.set_rollback(True)
        for (planned_row, _), effect in zip(items, effects, strict=True):
            planned_row.outcome, planned_row.remarks = effect.outcome, effect.remarks
            planned_row.before, planned_row.after = effect.before, effect.after
            # A created row was rolled back, so its key is not valid.
            planned_row.subject_id = None if effect.outcome == CREATE else effect.subject_id

    def count(self, rows: Sequence[PlannedRow]) -> dict[str, int]:
        """Return the counts of the dry run."""
        return count_outcomes(rows)

    @within_unit_of_work
    def apply_rows(self, *, origin: Origin, rows: Sequence[StagedRow]) -> dict[str, int]:
        """Apply rows as previewed; return the number of rows by outcome.

        A row that is refused by now, or would have another outcome, is not applied: it has drifted,
        and its remarks say what.
        """
        force_custom_plans()
        file_rows = [Row(row.number, row.cells) for row in rows]
        self.look_ahead(file_rows)
        refused: dict[int, Sequence[Remark]] = {}
        parsed_rows: list[ParsedRow] = []
        for row, file_row in zip(rows, file_rows, strict=True):
            try:
                parsed = self.read(file_row)
            except UnreadableRow as error:
                refused[row.pk] = self.explain_refusal(error.remarks)
            else:
                parsed.staged = row
                parsed_rows.append(parsed)
        applied = self._act_as_previewed(origin, parsed_rows, refused)
        mark_applied(rows=applied.values())
        mark_drifted(remarks=sorted(refused.items()))
        counts = {"create": 0, "update": 0, "drifted": len(refused)}
        for row in rows:
            if row.pk in applied:
                counts[row.outcome.lower()] += 1
        return counts

    def _act_as_previewed(
        self, origin: Origin, parsed_rows: Sequence[ParsedRow], refused: dict[int, Sequence[Remark]]
    ) -> dict[int, AppliedRow]:
        """Import the rows whose effect is as previewed; add the others to ``refused``.

        Return the imported rows by primary key.
        """
        remaining = [(row.staged, row) for row in parsed_rows if row.staged is not None]
        while True:
            try:
                with transaction.atomic():
                    parsed_to_apply = [parsed for _, parsed in remaining]
                    images = self.take_images(origin, parsed_to_apply)
                    effects = self.act(origin, parsed_to_apply)
                    as_previewed, newly_refused = self._compare(
                        [staged for staged, _ in remaining], effects
                    )
                refused |= newly_refused
                trails = self.build_trails(origin, as_previewed, images)
                return {
                    row.pk: AppliedRow(
                        row.pk, effect.subject_id or 0, trails.get(row.pk) or effect.trail
                    )
                    for row, effect in as_previewed
                }
            except UnexpectedEffects as unexpected:
                # Each round excludes at least one more row; usually one round is enough.
                refused |= {
                    pk: [("", self.changed_since_preview), *drifts]
                    for pk, drifts in unexpected.drifts.items()
                }
                remaining = [item for item in remaining if item[0].pk not in unexpected.drifts]

    def _compare(
        self, rows: Sequence[StagedRow], effects: Sequence[RowEffect]
    ) -> tuple[list[StagedEffect], dict[int, Sequence[Remark]]]:
        """Return the rows that are as previewed, and the remarks of refused rows.

        Raises:
            UnexpectedEffects: a row has written something else than previewed.
        """
        as_previewed: list[StagedEffect] = []
        refused: dict[int, Sequence[Remark]] = {}
        unexpected: dict[int, Sequence[Remark]] = {}
        for row, effect in zip(rows, effects, strict=True):
            if effect.outcome == ERROR:
                refused[row.pk] = self.explain_refusal(effect.remarks)
            elif _is_as_previewed(row, effect):
                as_previewed.append((row, effect))
            elif effect.outcome in (SKIP, UNCHANGED):
                reasons = [remark for remark in effect.remarks if remark[1] != NOTHING_DIFFERS]
                refused[row.pk] = [
                    ("", self.changed_since_preview),
                    *describe_drift(row, effect),
                    *reasons,
                ]
            else:
                unexpected[row.pk] = describe_drift(row, effect)
        if unexpected:
            raise UnexpectedEffects(unexpected)
        return as_previewed, refused


def _is_as_previewed(row: StagedRow, effect: RowEffect) -> bool:
    preview = (row.outcome, row.before, row.after)
    is_same = preview == (effect.outcome, effect.before, effect.after)
    # What is to be created has no subject yet.
    return is_same and row.subject_id in (None, effect.subject_id)
