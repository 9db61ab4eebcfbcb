"""The dry run: what each row of a file would do, decided as registering and updating decide."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.importing.row_cells import Unreadable
from crm.kernel.errors import DomainError, Notice
from crm.kernel.planning import plan_for_growing_tables
from crm.kernel.transactions import within_unit_of_work
from crm.runs.models import ImportRow
from crm.runs.operations.staging import Decided, Remark, stage_rows
from crm.runs.queries.imports import find_first_rows
from crm.runs.reading.table import Row
from crm.tenancy.origin import Origin
from customers import errors
from customers.imports.row_reading import Meaning, RowReader
from customers.imports.sentences import CUSTOMER_KEY, noticed, refused, same_as
from customers.operations.registering import read_registration
from customers.operations.updating import Updated, plan_updates
from customers.queries.import_lookups import Place, find_consents
from customers.queries.resolving import load_picture
from customers.rules.picture import Key, Picture
from customers.rules.registration import Registration, decide
from customers.rules.updating import CustomerChange

CREATE, UPDATE, SKIP, ERROR = ImportRow.Outcome.values


@dataclass(slots=True)
class _Item:
    decided: Decided
    meaning: Meaning
    clean: Registration
    warnings: list[Notice]
    keys: list[Key] = field(default_factory=list)


@within_unit_of_work
def plan_rows(
    *, origin: Origin, import_id: int, reader: RowReader, rows: Sequence[Row]
) -> dict[str, int]:
    """Decide a chunk of rows and stage them; return how many come to what.

    The first row in which a key stands decides for the whole file: later ones are skipped. A row
    that cannot be read stands for nothing. The number of queries does not depend on that of the
    rows.
    """
    plan_for_growing_tables()
    reader.look_ahead(rows)
    decided: list[Decided] = []
    items: list[_Item] = []
    for row in rows:
        line = Decided(row.number, row.cells)
        decided.append(line)
        item = _read(origin, reader, row, line)
        if item is not None:
            items.append(item)
    claims = _Claims(import_id)
    firsts = claims.pass_over_repeats(items, reader)
    picture = load_picture(org_id=origin.org.pk, keys={key for item in firsts for key in item.keys})
    updates = _decide_each(picture, firsts, reader, claims)
    _decide_updates(origin, updates, reader)
    stage_rows(import_id=import_id, rows=decided, keys=claims.new.items())
    return _counts(decided)


def change_of(meaning: Meaning, customer_id: int) -> CustomerChange:
    """What a row says of a customer who is known in its source account already.

    Only the row itself can raise the loyalty type: the file's default is for newcomers.
    """
    return CustomerChange(
        customer_id=customer_id,
        profiles=meaning.registration.profiles,
        loyalty_type=meaning.own_loyalty_type,
        extended_fields=meaning.registration.extended_fields,
    )


def consent_difference(
    meaning: Meaning, customer_id: int, said: dict[Place, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """What a row's opt-ins change, before and after; a blank says that it was not set."""
    before, after = {}, {}
    for channel, priority, status in meaning.consents:
        stored = said.get((customer_id, meaning.account.id, channel, priority), "")
        if stored != status:
            before[f"{channel} {priority}"], after[f"{channel} {priority}"] = stored, status
    return before, after


class _Claims:
    """Which row of the file was first with a key."""

    def __init__(self, import_id: int) -> None:
        self._import_id = import_id
        self._first: dict[Key, int] = {}
        self.new: dict[Key, int] = {}

    def pass_over_repeats(self, items: Sequence[_Item], reader: RowReader) -> list[_Item]:
        """Skip the rows one of whose keys stood before; return the others."""
        self._look_up({key for item in items for key in item.keys})
        firsts = []
        for item in items:
            repeat = self._claim(item.keys, item.decided.number)
            if repeat is None:
                firsts.append(item)
            else:
                _skip(item.decided, same_as(*repeat, reader.column_of))
        return firsts

    def look_up_customers(self, customer_ids: set[int]) -> None:
        """Load who stood before of these, known to the file by whichever identifier."""
        self._look_up({(CUSTOMER_KEY, str(pk)) for pk in customer_ids})

    def first_with_customer(self, customer_id: int, number: int) -> int | None:
        """The earlier row about this customer; without one, this is the first."""
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


def _read(origin: Origin, reader: RowReader, row: Row, line: Decided) -> _Item | None:
    try:
        meaning = reader.read(row)
        clean, warnings = read_registration(
            origin=origin, given=meaning.registration, standards=reader.standards
        )
    except Unreadable as unreadable:
        line.remarks = unreadable.remarks
        return None
    except DomainError as refusal:
        line.remarks = [refused(refusal, reader.column_of)]
        return None
    [profile] = clean.profiles
    return _Item(line, meaning, clean, warnings, list(profile.identifiers))


def _decide_each(
    picture: Picture, items: Sequence[_Item], reader: RowReader, claims: _Claims
) -> list[tuple[_Item, int]]:
    """Create, or refuse; return the items that update somebody, and whom."""
    owners = [{picture.owners[key] for key in i.keys if key in picture.owners} for i in items]
    claims.look_up_customers({owner for found in owners for owner in found})
    updates: list[tuple[_Item, int]] = []
    for item, found in zip(items, owners, strict=True):
        line = item.decided
        if len(found) > 1:
            line.remarks = [refused(errors.IdentifiersOfSeveralCustomers(), reader.column_of)]
            continue
        customer = next(iter(found), None)
        if customer is not None:
            line.subject_id = customer
            first = claims.first_with_customer(customer, line.number)
            if first is not None:
                _skip(line, same_as(CUSTOMER_KEY, first, reader.column_of))
                continue
            if picture.profile_of(customer, item.meaning.account.id) is not None:
                updates.append((item, customer))
                continue
        _create(picture, item, customer, reader)
    return updates


def _create(picture: Picture, item: _Item, customer: int | None, reader: RowReader) -> None:
    line = item.decided
    try:
        decide(picture, item.clean, newcomer=-line.number)
    except DomainError as refusal:
        line.remarks = [refused(refusal, reader.column_of)]
        return
    line.outcome = CREATE
    line.remarks = noticed(item.warnings, reader.column_of)
    if customer is not None:
        joins = f"Joins customer {customer}, who is known in another source."
        line.remarks = [("", joins), *line.remarks]


def _decide_updates(
    origin: Origin, updates: Sequence[tuple[_Item, int]], reader: RowReader
) -> None:
    if not updates:
        return
    outcomes = plan_updates(
        origin=origin, changes=[change_of(item.meaning, customer) for item, customer in updates]
    )
    concerned = {customer for item, customer in updates if item.meaning.consents}
    said = find_consents(customer_ids=concerned)
    for (item, customer), outcome in zip(updates, outcomes, strict=True):
        _decide_update(item, outcome, consent_difference(item.meaning, customer, said), reader)


def _decide_update(
    item: _Item,
    outcome: Updated,
    consent: tuple[dict[str, str], dict[str, str]],
    reader: RowReader,
) -> None:
    line = item.decided
    if outcome.refusal is not None:
        line.remarks = [refused(outcome.refusal, reader.column_of)]
        return
    remarks: list[Remark] = noticed(outcome.notices, reader.column_of)
    if not outcome.changed and not consent[1]:
        _skip(line, ("", "Nothing differs from what is stored."), *remarks)
        return
    line.outcome, line.remarks = UPDATE, remarks
    line.before, line.after = with_consent(outcome.before, outcome.after, consent)


def with_consent(
    before: dict[str, Any], after: dict[str, Any], consent: tuple[dict[str, str], dict[str, str]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The differences of an update with those of its opt-ins."""
    if not consent[1]:
        return before, after
    return {**before, "consent": consent[0]}, {**after, "consent": consent[1]}


def _skip(line: Decided, *remarks: Remark) -> None:
    line.outcome, line.remarks = SKIP, remarks


def _counts(decided: Sequence[Decided]) -> dict[str, int]:
    counts = {outcome.lower(): 0 for outcome in ImportRow.Outcome.values}
    for line in decided:
        counts[line.outcome.lower()] += 1
    counts["combine"] = sum(1 for row in decided if row.outcome == CREATE and row.subject_id)
    counts["warned"] = sum(1 for row in decided if row.outcome in (CREATE, UPDATE) and row.remarks)
    return counts
