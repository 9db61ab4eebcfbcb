"""Giving points of one customer to another, within a program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from crm.kernel.bulk import bulk_insert, take_ids
from crm.kernel.errors import DomainError
from crm.kernel.transactions import broken_constraint, within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.models import PointsEntry, PointsTransfer
from loyalty.operations.members import Member, Pair, Writing, lock_members
from loyalty.operations.people import People, lock_people, standing
from loyalty.operations.writing_postings import write_members
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.fraud import is_refused
from loyalty.rules.ledger import Line, Lot
from loyalty.rules.movements import Movement, positive_points, short_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Points to be transferred; ``program_id`` None is the default program.

    A ``reference`` is the caller's own key: what was done under it is not done again.
    """

    from_customer_id: int
    to_customer_id: int
    points: Any
    program_id: int | None = None
    notes: str = ""
    reference: str = ""


@dataclass(slots=True)
class Transferred:
    """What became of one transfer; ``refusal`` says why nothing did.

    ``is_repeat``: it was done before, under the same reference.
    """

    transfer_id: int | None = None
    from_balance: Decimal | None = None
    to_balance: Decimal | None = None
    is_repeat: bool = False
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Item:
    outcome: Transferred
    transfer: Transfer
    program_id: int
    sides: tuple[Writing, Writing] | None = None

    def forget(self) -> None:
        """Be as it was before anything was decided; whoever asked holds this very outcome."""
        outcome, self.sides = self.outcome, None
        outcome.transfer_id = outcome.from_balance = outcome.to_balance = None
        outcome.is_repeat, outcome.refusal = False, None

    @property
    def pairs(self) -> tuple[Pair, Pair]:
        return (
            (self.transfer.from_customer_id, self.program_id),
            (self.transfer.to_customer_id, self.program_id),
        )


@within_unit_of_work
def transfer_points(*, origin: Origin, transfer: Transfer) -> Transferred:
    """Take points of one member and give them to another; they keep the day on which they expire.

    Raises:
        InsufficientPoints: fewer can be spent.
        NotEnrolled, ProgramUnknown: one of them is no member of the program.
        MarkedAsFraud: one of them is marked as fraud.
        TransferToSelf: both are one.
        ReferenceUsedOtherwise: the reference belongs to another transfer or movement.
        CustomerUnknown, CustomerMerged: one of them is not there.
        PointsInvalid, LedgerTextInvalid: it cannot be read.
    """
    [transferred] = transfer_points_of_many(origin=origin, transfers=[transfer])
    if transferred.refusal is not None:
        raise transferred.refusal
    return transferred


@within_unit_of_work
def transfer_points_of_many(*, origin: Origin, transfers: Sequence[Transfer]) -> list[Transferred]:
    """Transfer a list: one outcome for each, in order; refused ones leave the others."""
    outcomes, items = _prepare(origin, transfers)
    people = lock_people({customer_id for item in items for customer_id, _ in item.pairs})
    _transfer_each_reference_once(origin, items, people)
    return outcomes


def _transfer_each_reference_once(origin: Origin, items: Sequence[_Item], people: People) -> None:
    # As where points are posted: the locks do not hold off a unit that uses one of the references
    # for somebody else. When that unit was faster, everything is decided again, and it is found.
    for _ in {item.transfer.reference for item in items} - {""}:
        try:
            with transaction.atomic():
                _transfer(origin, items, people)
        except IntegrityError as clash:
            if broken_constraint(clash) != "points_entry_reference_once":
                raise
            for item in items:
                item.forget()
        else:
            return
    _transfer(origin, items, people)


def _transfer(origin: Origin, items: Sequence[_Item], people: People) -> None:
    pairs = {pair for item in items for pair in item.pairs}
    members = lock_members(org_id=origin.org.pk, pairs=pairs)
    done = _done_before(origin, items)
    for member in members.values():
        member.settle(origin.at, origin.org.zone)
    for item in items:
        try:
            if not _is_repeat(item, done):
                _move(origin, item, people, members)
                if item.transfer.reference:
                    done[item.transfer.reference] = _Done(
                        item.outcome, item.pairs, item.transfer.points
                    )
        except DomainError as refusal:
            item.outcome.refusal = refusal
    write_members(origin=origin, members=members.values())
    _write(origin, [(item, *item.sides) for item in items if item.sides is not None])
    _answer_repeats(items, members, done)


def _prepare(
    origin: Origin, transfers: Sequence[Transfer]
) -> tuple[list[Transferred], list[_Item]]:
    outcomes, items = [], []
    for given in transfers:
        outcome = Transferred()
        outcomes.append(outcome)
        try:
            clean = Transfer(
                from_customer_id=given.from_customer_id,
                to_customer_id=given.to_customer_id,
                points=positive_points(given.points),
                notes=short_text(given.notes, "notes", longest=255),
                reference=short_text(given.reference, "reference", longest=100),
            )
            if clean.from_customer_id == clean.to_customer_id:
                raise errors.TransferToSelf()
            program = find_program(get_programs(origin.org.pk), given.program_id)
        except DomainError as refusal:
            outcome.refusal = refusal
        else:
            items.append(_Item(outcome, clean, program.id))
    return outcomes, items


@dataclass(frozen=True, slots=True)
class _Done:
    """What was done under a reference: written before, or by this list."""

    outcome: Transferred
    pairs: tuple[Pair, Pair] | None
    points: Decimal | None


def _done_before(origin: Origin, items: Sequence[_Item]) -> dict[str, _Done]:
    """What was done under these references, read under the locks."""
    references = {item.transfer.reference for item in items} - {""}
    if not references:
        return {}
    rows = PointsEntry.objects.filter(org_id=origin.org.pk, reference__in=references).values_list(
        "reference",
        "transfer_out__pk",
        "transfer_out__program_id",
        "transfer_out__from_customer_id",
        "transfer_out__to_customer_id",
        "transfer_out__points",
    )
    return {
        reference: _Done(
            Transferred(pk), ((giver, program), (taker, program)) if pk else None, points
        )
        for reference, pk, program, giver, taker, points in rows
    }


def _is_repeat(item: _Item, done: Mapping[str, _Done]) -> bool:
    """Whether it was done under the same reference."""
    before = done.get(item.transfer.reference)
    if before is None:
        return False
    if (before.pairs, before.points) != (item.pairs, item.transfer.points):
        raise errors.ReferenceUsedOtherwise(reference=item.transfer.reference)
    item.outcome.is_repeat = True
    return True


def _answer_repeats(
    items: Sequence[_Item], members: Mapping[Pair, Member], done: Mapping[str, _Done]
) -> None:
    for item in items:
        if item.outcome.is_repeat:
            giver, taker = (members[pair] for pair in item.pairs)
            item.outcome.transfer_id = done[item.transfer.reference].outcome.transfer_id
            item.outcome.from_balance = giver.account.balances.points
            item.outcome.to_balance = taker.account.balances.points


def _move(origin: Origin, item: _Item, people: People, members: Mapping[Pair, Member]) -> None:
    giver, taker = (_member(origin, pair, people, members) for pair in item.pairs)
    out = giver.account.spend("TRANSFER_OUT", item.transfer.points, at=origin.at)
    achieved = taker.achieved()
    came = taker.account.credit("TRANSFER_IN", _lots(origin, out), at=origin.at)
    taker.climb(achieved, at=origin.at, zone=origin.org.zone)
    item.sides = (
        giver.note(out, _as_movement(item, item.transfer.from_customer_id, is_out=True)),
        taker.note(came, _as_movement(item, item.transfer.to_customer_id, is_out=False)),
    )
    item.outcome.from_balance = giver.account.balances.points
    item.outcome.to_balance = taker.account.balances.points


def _member(origin: Origin, pair: Pair, people: People, members: Mapping[Pair, Member]) -> Member:
    customer = standing(origin, people, pair[0])
    if is_refused(customer.fraud_status):
        raise errors.MarkedAsFraud(customer_id=customer.pk)
    member = members.get(pair)
    if member is None:
        raise errors.NotEnrolled(customer_id=pair[0], program_id=pair[1])
    return member


def _lots(origin: Origin, out: Line) -> list[Lot]:
    """One lot for each day on which what came expires."""
    lots: dict[Any, Lot] = {}
    for source, part in out.taken:
        lot = lots.get(source.expires_at)
        if lot is None:
            lot = lots[source.expires_at] = Lot(
                kind="REGULAR",
                awarded=part,
                remaining=part,
                awarded_at=origin.at,
                available_at=origin.at,
                expires_at=source.expires_at,
                awarded_by_id=origin.actor_id,
            )
        else:
            lot.awarded += part
            lot.remaining += part
    return list(lots.values())


def _as_movement(item: _Item, customer_id: int, *, is_out: bool) -> Movement:
    """One side of it; the reference stands at the side that gives, as it stands once only."""
    return Movement(
        customer_id=customer_id,
        kind="TRANSFER",
        notes=item.transfer.notes,
        reference=item.transfer.reference if is_out else "",
    )


def _write(origin: Origin, made: Sequence[tuple[_Item, Writing, Writing]]) -> None:
    rows = []
    ids = take_ids(PointsTransfer, len(made))
    for pk, (item, out, came) in zip(ids, made, strict=True):
        item.outcome.transfer_id = pk
        rows.append(
            (
                pk,
                origin.org.pk,
                item.program_id,
                item.transfer.from_customer_id,
                item.transfer.to_customer_id,
                item.transfer.points,
                out.entry_id,
                came.entry_id,
                item.transfer.notes,
                origin.at,
                origin.actor_id,
            )
        )
    bulk_insert(
        PointsTransfer,
        (
            "id",
            "org_id",
            "program_id",
            "from_customer_id",
            "to_customer_id",
            "points",
            "out_entry_id",
            "in_entry_id",
            "notes",
            "transferred_at",
            "transferred_by_id",
        ),
        rows,
    )
