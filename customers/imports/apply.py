"""Doing what the dry run showed: the same rows through the same operations, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from crm.kernel.planning import plan_for_growing_tables
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportRow
from crm.runs.operations.staging import mark_applied, mark_refused
from crm.runs.queries.imports import StagedRow
from crm.runs.reading.table import Row
from crm.tenancy.origin import Origin
from crm.usecases.registering import follow_up_registrations, run_orders
from crm.usecases.updating import order_of_update
from customers.imports.plan import change_of, consent_difference, with_consent
from customers.imports.row_reading import Meaning, RowReader, Unreadable
from customers.imports.sentences import CHANGED
from customers.operations.registering import Registered, register_customers
from customers.operations.subscribing import (
    SubscriptionChangeIn,
    SubscriptionWish,
    subscribe_many,
)
from customers.operations.updating import Updated, update_customers
from customers.queries.import_lookups import find_consents

REASON = "Import"


class _Unforeseen(Exception):
    """Some rows did something else than the preview showed: all must be undone, they left out."""

    def __init__(self, rows: set[int]) -> None:
        super().__init__(rows)
        self.rows = rows


@dataclass(slots=True)
class _Item:
    row: StagedRow
    meaning: Meaning


@dataclass(slots=True)
class _Done:
    """What became of staged rows: to whom, by primary key, or that nothing was done."""

    subjects: dict[int, int] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)


@within_unit_of_work
def apply_rows(*, origin: Origin, reader: RowReader, rows: Sequence[StagedRow]) -> dict[str, int]:
    """Create and update as staged; return how many came to what.

    A row that would do anything else by now is left out, and marked as changed since the preview.
    """
    plan_for_growing_tables()
    reader.look_ahead([_raw(row) for row in rows])
    items, changed = _read(reader, rows)
    # Each round leaves out at least one row, and a world that stands still needs one round.
    for _ in range(len(rows) + 1):
        try:
            with transaction.atomic():
                done = _do(origin, [item for item in items if item.row.pk not in changed])
            break
        except _Unforeseen as unforeseen:
            changed |= unforeseen.rows
    changed |= done.changed
    mark_applied(subjects=sorted(done.subjects.items()))
    mark_refused(remarks=[(pk, [("", CHANGED)]) for pk in sorted(changed)])
    return _counts(rows, done.subjects, len(changed))


def _raw(row: StagedRow) -> Row:
    return Row(row.number, row.cells)


def _read(reader: RowReader, rows: Sequence[StagedRow]) -> tuple[list[_Item], set[int]]:
    """Read the rows again; one whose till or source account was closed since is changed."""
    items, changed = [], set()
    for row in rows:
        try:
            items.append(_Item(row, reader.read(_raw(row))))
        except Unreadable:
            changed.add(row.pk)
    return items, changed


def _do(origin: Origin, items: Sequence[_Item]) -> _Done:
    done = _Done()
    creates = [item for item in items if item.row.outcome == ImportRow.Outcome.CREATE]
    updates = [item for item in items if item.row.outcome == ImportRow.Outcome.UPDATE]
    _create(origin, creates, done)
    _update(origin, updates, done)
    _subscribe(origin, items, done)
    return done


def _create(origin: Origin, items: Sequence[_Item], done: _Done) -> None:
    if not items:
        return
    outcomes = register_customers(
        origin=origin, registrations=[item.meaning.registration for item in items]
    )
    unforeseen = set()
    for item, outcome in zip(items, outcomes, strict=True):
        if outcome.refusal is not None:
            done.changed.add(item.row.pk)
        elif _is_as_shown(item.row, outcome):
            done.subjects[item.row.pk] = outcome.customer_id or 0
        else:
            unforeseen.add(item.row.pk)
    if unforeseen:
        raise _Unforeseen(unforeseen)
    follow_up_registrations(
        origin=origin,
        registered=[
            (item.meaning.registration, outcome)
            for item, outcome in zip(items, outcomes, strict=True)
        ],
    )


def _is_as_shown(row: StagedRow, outcome: Registered) -> bool:
    """A newcomer where one was shown, or a new profile of the very customer who was."""
    if row.subject_id is None:
        return outcome.is_new
    return not outcome.is_new and outcome.customer_id == row.subject_id


def _update(origin: Origin, items: Sequence[_Item], done: _Done) -> None:
    if not items:
        return
    subjects = [item.row.subject_id or 0 for item in items]
    outcomes = update_customers(
        origin=origin,
        changes=[
            change_of(item.meaning, subject) for item, subject in zip(items, subjects, strict=True)
        ],
    )
    # Read under the locks that the update has taken.
    said = find_consents(
        customer_ids={item.row.subject_id or 0 for item in items if item.meaning.consents}
    )
    unforeseen = set()
    for item, subject, outcome in zip(items, subjects, outcomes, strict=True):
        consent = consent_difference(item.meaning, subject, said)
        if outcome.refusal is not None:
            done.changed.add(item.row.pk)
        elif _differences(outcome, consent) == (item.row.before or {}, item.row.after or {}):
            done.subjects[item.row.pk] = subject
        elif outcome.changed:
            unforeseen.add(item.row.pk)
        else:
            done.changed.add(item.row.pk)
    if unforeseen:
        raise _Unforeseen(unforeseen)
    run_orders(
        origin=origin, orders=[order_of_update(outcome, origin=origin) for outcome in outcomes]
    )


def _differences(
    outcome: Updated, consent: tuple[dict[str, str], dict[str, str]]
) -> tuple[dict, dict]:
    return with_consent(outcome.before, outcome.after, consent)


def _subscribe(origin: Origin, items: Sequence[_Item], done: _Done) -> None:
    wishes = [
        (
            item,
            SubscriptionWish(
                customer_id=done.subjects[item.row.pk],
                changes=[
                    SubscriptionChangeIn(
                        channel=channel,
                        priority=priority,
                        status=status,
                        source=item.meaning.account.source,
                        account_id=item.meaning.account.account_id,
                    )
                    for channel, priority, status in item.meaning.consents
                ],
                reason=REASON,
            ),
        )
        for item in items
        if item.meaning.consents and item.row.pk in done.subjects
    ]
    if not wishes:
        return
    outcomes = subscribe_many(origin=origin, wishes=[wish for _, wish in wishes])
    refused = {
        item.row.pk
        for (item, _), outcome in zip(wishes, outcomes, strict=True)
        if outcome.refusal is not None
    }
    if refused:
        raise _Unforeseen(refused)


def _counts(rows: Sequence[StagedRow], subjects: dict[int, int], changed: int) -> dict[str, int]:
    counts = {"create": 0, "update": 0, "changed": changed}
    for row in rows:
        if row.pk in subjects:
            counts[row.outcome.lower()] += 1
    return counts
