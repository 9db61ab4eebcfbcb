"""The dry run of a customer import, by the same rules as registration and update."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.imports.cell_reader import UnreadableRow
from crm.imports.files.table import Row
from crm.imports.operations.staged_rows import PlannedRow, Remark, stage_rows
from crm.imports.queries.import_runs import find_first_rows
from crm.kernel.errors import DomainError, Notice
from crm.kernel.query_plans import force_custom_plans
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportRow
from crm.tenancy.origin import Origin
from customers import errors
from customers.imports.customer_rows import CustomerReader, CustomerRow
from customers.imports.sentences import (
    CUSTOMER_KEY,
    build_notice_remarks,
    build_refusal_remark,
    build_repeat_remark,
)
from customers.operations.customers.register import read_registration
from customers.operations.customers.update import Updated, plan_updates
from customers.queries.customers.identifier_owners import load_picture
from customers.queries.customers.import_lookups import Place, find_consents
from customers.rules.customer_update import CustomerChange
from customers.rules.identity_state import Key, Picture
from customers.rules.registration import Registration, decide

CREATE, UPDATE, SKIP, ERROR = ImportRow.Outcome.values


@dataclass(slots=True)
class _Item:
    planned_row: PlannedRow
    parsed: CustomerRow
    clean: Registration
    warnings: list[Notice]
    keys: list[Key] = field(default_factory=list)


@within_unit_of_work
def plan_rows(
    *, origin: Origin, import_id: int, reader: CustomerReader, rows: Sequence[Row]
) -> dict[str, int]:
    """Plan a chunk of rows and stage them; return the number of rows by outcome.

    The first row with a key wins for the whole file: later ones are skipped. An unreadable row
    claims no keys. The number of queries does not depend on the number of rows.
    """
    force_custom_plans()
    reader.look_ahead(rows)
    planned_rows: list[PlannedRow] = []
    items: list[_Item] = []
    for row in rows:
        planned_row = PlannedRow(row.number, row.cells)
        planned_rows.append(planned_row)
        item = _read_row(origin, reader, row, planned_row)
        if item is not None:
            items.append(item)
    claims = _KeyClaims(import_id)
    first_items = claims.skip_repeats(items, reader)
    picture = load_picture(
        org_id=origin.org.pk, keys={key for item in first_items for key in item.keys}
    )
    updates = _plan_rows(picture, first_items, reader, claims)
    _plan_updates(origin, updates, reader)
    stage_rows(import_id=import_id, rows=planned_rows, keys=claims.new.items())
    return _count_rows(planned_rows)


def build_change(parsed: CustomerRow, customer_id: int) -> CustomerChange:
    """Build the update of a customer who already has a profile in the source account.

    Only the row itself can change the loyalty type: the default is for new customers.
    """
    return CustomerChange(
        customer_id=customer_id,
        profiles=parsed.registration.profiles,
        loyalty_type=parsed.own_loyalty_type,
        extended_fields=parsed.registration.extended_fields,
    )


def compare_consent(
    parsed: CustomerRow, customer_id: int, stored_consents: dict[Place, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Compare the consent of a row with the stored one; return before and after, blank if unset."""
    before, after = {}, {}
    for channel, priority, status in parsed.consents:
        stored = stored_consents.get((customer_id, parsed.account.id, channel, priority), "")
        if stored != status:
            before[f"{channel} {priority}"], after[f"{channel} {priority}"] = stored, status
    return before, after


class _KeyClaims:
    """The first row of the file with each key."""

    def __init__(self, import_id: int) -> None:
        self._import_id = import_id
        self._first: dict[Key, int] = {}
        self.new: dict[Key, int] = {}

    def skip_repeats(self, items: Sequence[_Item], reader: CustomerReader) -> list[_Item]:
        """Skip rows with a key of an earlier row; return the others."""
        self._look_up({key for item in items for key in item.keys})
        first_items = []
        for item in items:
            repeat = self._claim(item.keys, item.planned_row.number)
            if repeat is None:
                first_items.append(item)
            else:
                _skip_row(item.planned_row, build_repeat_remark(*repeat, reader.column_of))
        return first_items

    def look_up_customers(self, customer_ids: set[int]) -> None:
        """Load the earlier rows about these customers, by whichever identifier."""
        self._look_up({(CUSTOMER_KEY, str(pk)) for pk in customer_ids})

    def first_with_customer(self, customer_id: int, number: int) -> int | None:
        """Return the earlier row about this customer; None makes this row the first."""
        repeat = self._claim([(CUSTOMER_KEY, str(customer_id))], number)
        return repeat[1] if repeat else None

    def _look_up(self, keys: set[Key]) -> None:
        self._first |= find_first_rows(import_id=self._import_id, keys=keys)

    def _claim(self, keys: Sequence[Key], number: int) -> tuple[str, int] | None:
        repeat = None
        for key in keys:
            first = self._first.setdefault(key, number)
            if first == number:
                self.new[key] = number
            elif repeat is None:
                repeat = key[0], first
        return repeat


def _read_row(
    origin: Origin, reader: CustomerReader, row: Row, planned_row: PlannedRow
) -> _Item | None:
    try:
        parsed = reader.read(row)
        clean, warnings = read_registration(
            origin=origin, given=parsed.registration, standards=reader.standards
        )
    except UnreadableRow as error:
        planned_row.remarks = error.remarks
        return None
    except DomainError as refusal:
        planned_row.remarks = [build_refusal_remark(refusal, reader.column_of)]
        return None
    [profile] = clean.profiles
    return _Item(planned_row, parsed, clean, warnings, list(profile.identifiers))


def _plan_rows(
    picture: Picture, items: Sequence[_Item], reader: CustomerReader, claims: _KeyClaims
) -> list[tuple[_Item, int]]:
    """Plan the creations, or refuse; return the items that are updates, with their customers."""
    owners = [{picture.owners[key] for key in item.keys if key in picture.owners} for item in items]
    claims.look_up_customers({owner for owner_ids in owners for owner in owner_ids})
    updates: list[tuple[_Item, int]] = []
    for item, owner_ids in zip(items, owners, strict=True):
        planned_row = item.planned_row
        if len(owner_ids) > 1:
            planned_row.remarks = [
                build_refusal_remark(errors.IdentifiersOfSeveralCustomers(), reader.column_of)
            ]
            continue
        customer = next(iter(owner_ids), None)
        if customer is not None:
            planned_row.subject_id = customer
            first_row = claims.first_with_customer(customer, planned_row.number)
            if first_row is not None:
                _skip_row(
                    planned_row, build_repeat_remark(CUSTOMER_KEY, first_row, reader.column_of)
                )
                continue
            if picture.profile_of(customer, item.parsed.account.id) is not None:
                updates.append((item, customer))
                continue
        _plan_creation(picture, item, customer, reader)
    return updates


def _plan_creation(
    picture: Picture, item: _Item, customer: int | None, reader: CustomerReader
) -> None:
    planned_row = item.planned_row
    try:
        decide(picture, item.clean, newcomer=-planned_row.number)
    except DomainError as refusal:
        planned_row.remarks = [build_refusal_remark(refusal, reader.column_of)]
        return
    planned_row.outcome = CREATE
    planned_row.remarks = build_notice_remarks(item.warnings, reader.column_of)
    if customer is not None:
        sentence = f"Adds a profile to customer {customer}, known in another source."
        planned_row.remarks = [("", sentence), *planned_row.remarks]


def _plan_updates(
    origin: Origin, updates: Sequence[tuple[_Item, int]], reader: CustomerReader
) -> None:
    if not updates:
        return
    outcomes = plan_updates(
        origin=origin, changes=[build_change(item.parsed, customer) for item, customer in updates]
    )
    customer_ids = {customer for item, customer in updates if item.parsed.consents}
    stored_consents = find_consents(customer_ids=customer_ids)
    for (item, customer), outcome in zip(updates, outcomes, strict=True):
        _plan_update(item, outcome, compare_consent(item.parsed, customer, stored_consents), reader)


def _plan_update(
    item: _Item,
    outcome: Updated,
    consent: tuple[dict[str, str], dict[str, str]],
    reader: CustomerReader,
) -> None:
    planned_row = item.planned_row
    if outcome.refusal is not None:
        planned_row.remarks = [build_refusal_remark(outcome.refusal, reader.column_of)]
        return
    remarks: list[Remark] = build_notice_remarks(outcome.notices, reader.column_of)
    if not outcome.changed and not consent[1]:
        _skip_row(planned_row, ("", "No changes."), *remarks)
        return
    planned_row.outcome, planned_row.remarks = UPDATE, remarks
    planned_row.before, planned_row.after = add_consent(outcome.before, outcome.after, consent)


def add_consent(
    before: dict[str, Any], after: dict[str, Any], consent: tuple[dict[str, str], dict[str, str]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Add the consent changes to the changes of an update."""
    if not consent[1]:
        return before, after
    return {**before, "consent": consent[0]}, {**after, "consent": consent[1]}


def _skip_row(planned_row: PlannedRow, *remarks: Remark) -> None:
    planned_row.outcome, planned_row.remarks = SKIP, remarks


def _count_rows(planned_rows: Sequence[PlannedRow]) -> dict[str, int]:
    counts = {outcome.lower(): 0 for outcome in ImportRow.Outcome.values}
    for planned_row in planned_rows:
        counts[planned_row.outcome.lower()] += 1
    counts["combine"] = sum(1 for row in planned_rows if row.outcome == CREATE and row.subject_id)
    counts["warned"] = sum(
        1 for row in planned_rows if row.outcome in (CREATE, UPDATE) and row.remarks
    )
    return counts
