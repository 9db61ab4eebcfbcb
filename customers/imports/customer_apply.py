"""Apply staged rows of a customer import, exactly as previewed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from crm.imports.cell_reader import UnreadableRow
from crm.imports.files.table import Row
from crm.imports.operations.staged_rows import mark_applied, mark_refused
from crm.imports.queries.import_runs import StagedRow
from crm.kernel.query_plans import force_custom_plans
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportRow
from crm.tenancy.origin import Origin
from crm.usecases.register_customers import follow_up_registrations, run_effect_orders
from crm.usecases.update_customers import build_update_effect_order
from customers.imports.customer_plan import add_consent, build_change, compare_consent
from customers.imports.customer_rows import CustomerReader, CustomerRow
from customers.imports.sentences import CHANGED_SINCE_PREVIEW
from customers.operations.customers.register import Registered, register_customers
from customers.operations.customers.update import Updated, update_customers
from customers.operations.subscriptions.change import (
    SubscriptionChangeIn,
    SubscriptionWish,
    subscribe_many,
)
from customers.queries.customers.import_lookups import find_consents

CONSENT_REASON = "Import"


class _UnexpectedOutcomes(Exception):
    """Some rows differ from the preview: roll back and try again without them."""

    def __init__(self, rows: set[int]) -> None:
        super().__init__(rows)
        self.rows = rows


@dataclass(slots=True)
class _Item:
    row: StagedRow
    parsed: CustomerRow


@dataclass(slots=True)
class _AppliedRows:
    """The applied rows with their customers, and the rows that had changed."""

    subjects: dict[int, int] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)


@within_unit_of_work
def apply_rows(
    *, origin: Origin, reader: CustomerReader, rows: Sequence[StagedRow]
) -> dict[str, int]:
    """Create and update customers as staged; return the number of rows by outcome.

    A row that would have another outcome by now is not applied, and is marked as changed.
    """
    force_custom_plans()
    reader.look_ahead([_to_file_row(row) for row in rows])
    items, changed = _read_items(reader, rows)
    # Each round excludes at least one more row; usually one round is enough.
    for _ in range(len(rows) + 1):
        try:
            with transaction.atomic():
                applied = _apply_items(
                    origin, [item for item in items if item.row.pk not in changed]
                )
            break
        except _UnexpectedOutcomes as unexpected:
            changed |= unexpected.rows
    changed |= applied.changed
    mark_applied(subjects=sorted(applied.subjects.items()))
    mark_refused(remarks=[(pk, [("", CHANGED_SINCE_PREVIEW)]) for pk in sorted(changed)])
    return _count_rows(rows, applied.subjects, len(changed))


def _to_file_row(row: StagedRow) -> Row:
    return Row(row.number, row.cells)


def _read_items(reader: CustomerReader, rows: Sequence[StagedRow]) -> tuple[list[_Item], set[int]]:
    """Parse the rows again; a row whose till or source account was closed since has changed."""
    items, changed = [], set()
    for row in rows:
        try:
            items.append(_Item(row, reader.read(_to_file_row(row))))
        except UnreadableRow:
            changed.add(row.pk)
    return items, changed


def _apply_items(origin: Origin, items: Sequence[_Item]) -> _AppliedRows:
    applied = _AppliedRows()
    creates = [item for item in items if item.row.outcome == ImportRow.Outcome.CREATE]
    updates = [item for item in items if item.row.outcome == ImportRow.Outcome.UPDATE]
    _create_customers(origin, creates, applied)
    _update_customers(origin, updates, applied)
    _record_consents(origin, items, applied)
    return applied


def _create_customers(origin: Origin, items: Sequence[_Item], applied: _AppliedRows) -> None:
    if not items:
        return
    outcomes = register_customers(
        origin=origin, registrations=[item.parsed.registration for item in items]
    )
    unexpected = set()
    for item, outcome in zip(items, outcomes, strict=True):
        if outcome.refusal is not None:
            applied.changed.add(item.row.pk)
        elif _matches_preview(item.row, outcome):
            applied.subjects[item.row.pk] = outcome.customer_id or 0
        else:
            unexpected.add(item.row.pk)
    if unexpected:
        raise _UnexpectedOutcomes(unexpected)
    follow_up_registrations(
        origin=origin,
        registered=[
            (item.parsed.registration, outcome)
            for item, outcome in zip(items, outcomes, strict=True)
        ],
    )


def _matches_preview(row: StagedRow, outcome: Registered) -> bool:
    """Whether the outcome is as previewed: a new customer, or a new profile of that customer."""
    if row.subject_id is None:
        return outcome.is_new
    return not outcome.is_new and outcome.customer_id == row.subject_id


def _update_customers(origin: Origin, items: Sequence[_Item], applied: _AppliedRows) -> None:
    if not items:
        return
    subjects = [item.row.subject_id or 0 for item in items]
    outcomes = update_customers(
        origin=origin,
        changes=[
            build_change(item.parsed, subject)
            for item, subject in zip(items, subjects, strict=True)
        ],
    )
    # Read under the locks that the update has taken.
    stored_consents = find_consents(
        customer_ids={item.row.subject_id or 0 for item in items if item.parsed.consents}
    )
    unexpected = set()
    for item, subject, outcome in zip(items, subjects, outcomes, strict=True):
        consent = compare_consent(item.parsed, subject, stored_consents)
        if outcome.refusal is not None:
            applied.changed.add(item.row.pk)
        elif _add_consent(outcome, consent) == (item.row.before or {}, item.row.after or {}):
            applied.subjects[item.row.pk] = subject
        elif outcome.changed:
            unexpected.add(item.row.pk)
        else:
            applied.changed.add(item.row.pk)
    if unexpected:
        raise _UnexpectedOutcomes(unexpected)
    run_effect_orders(
        origin=origin,
        orders=[build_update_effect_order(outcome, origin=origin) for outcome in outcomes],
    )


def _add_consent(
    outcome: Updated, consent: tuple[dict[str, str], dict[str, str]]
) -> tuple[dict, dict]:
    return add_consent(outcome.before, outcome.after, consent)


def _record_consents(origin: Origin, items: Sequence[_Item], applied: _AppliedRows) -> None:
    subscriptions = [
        (
            item,
            SubscriptionWish(
                customer_id=applied.subjects[item.row.pk],
                changes=[
                    SubscriptionChangeIn(
                        channel=channel,
                        priority=priority,
                        status=status,
                        source=item.parsed.account.source,
                        account_id=item.parsed.account.account_id,
                    )
                    for channel, priority, status in item.parsed.consents
                ],
                reason=CONSENT_REASON,
            ),
        )
        for item in items
        if item.parsed.consents and item.row.pk in applied.subjects
    ]
    if not subscriptions:
        return
    outcomes = subscribe_many(
        origin=origin, wishes=[subscription for _, subscription in subscriptions]
    )
    refused = {
        item.row.pk
        for (item, _), outcome in zip(subscriptions, outcomes, strict=True)
        if outcome.refusal is not None
    }
    if refused:
        raise _UnexpectedOutcomes(refused)


def _count_rows(
    rows: Sequence[StagedRow], subjects: dict[int, int], changed: int
) -> dict[str, int]:
    counts = {"create": 0, "update": 0, "changed": changed}
    for row in rows:
        if row.pk in subjects:
            counts[row.outcome.lower()] += 1
    return counts
