"""Taking members in hand: enrolments locked, with their accounts as rules need them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from decimal import Decimal

from django.db.models import Q

from crm.kernel.transactions import within_unit_of_work
from loyalty.models import Enrollment, PointsAllocation, PointsEntry, PointsLot
from loyalty.models.enrollment import BALANCES
from loyalty.operations.people import storable
from loyalty.queries.programs import get_programs
from loyalty.rules.balances import Balances
from loyalty.rules.ledger import Account, Line, Lot
from loyalty.rules.movements import Movement
from loyalty.rules.programs import ProgramRules
from loyalty.rules.returns import Bill
from loyalty.rules.tiers import Standing, TierMove, lift, review

# A customer and a program: together they name one enrolment.
Pair = tuple[int, int]


@dataclass(slots=True)
class Writing:
    """An entry to be written, the movement that asked for it, and its key once it has one."""

    line: Line
    movement: Movement | None = None
    entry_id: int | None = None


@dataclass(slots=True)
class Member:
    """A locked enrolment, what rules make of it, and what is still to be written."""

    enrollment: Enrollment
    program: ProgramRules
    account: Account
    standing: Standing
    writings: list[Writing] = field(default_factory=list)
    moves: list[TierMove] = field(default_factory=list)
    bills: dict[int, Bill] = field(default_factory=dict)

    def settle(self, now: datetime, zone: tzinfo) -> None:
        """Note what is due by now, of points and of the tier: it comes before anything else."""
        achieved = self.achieved()
        self.settle_points(now)
        self.climb(achieved, at=now, zone=zone)
        # After that: what matured just now may be what renews the tier.
        if move := review(
            self.program, self.standing, achieved=self.achieved(), now=now, zone=zone
        ):
            self.moves.append(move)

    def settle_points(self, now: datetime) -> None:
        """Note what matured and expired by now; bills that come back hear what they lost."""
        for line in self.account.settle(now):
            self.writings.append(Writing(line))
            if line.kind != "EXPIRE":
                continue
            for lot, points in line.taken:
                bill = self.bills.get(lot.transaction_id) if lot.transaction_id else None
                if bill is not None and lot.kind == "REGULAR":
                    bill.expired += points

    def note(self, line: Line, movement: Movement | None = None) -> Writing:
        """Keep an entry to be written."""
        writing = Writing(line, movement)
        self.writings.append(writing)
        return writing

    def achieved(self) -> Decimal:
        """What the thresholds of this program's tiers are compared with."""
        return self.account.balances.metric(self.program.tier_rule)

    def climb(self, before: Decimal, *, at: datetime, zone: tzinfo) -> None:
        """Lift the tier where what was achieved since ``before`` reaches a higher one."""
        move = lift(
            self.program, self.standing, before=before, after=self.achieved(), at=at, zone=zone
        )
        if move is not None:
            self.moves.append(move)

    def alone(self) -> "Member":
        """The same member, to whom may happen what leaves this one alone."""
        account = Account(
            replace(self.account.balances), [replace(lot) for lot in self.account.lots]
        )
        bills = {pk: replace(bill) for pk, bill in self.bills.items()}
        return Member(self.enrollment, self.program, account, replace(self.standing), bills=bills)


@within_unit_of_work
def lock_members(*, org_id: int, pairs: Collection[Pair]) -> dict[Pair, Member]:
    """Lock these enrolments until the unit ends; pairs that are not enrolled are left out.

    The caller has locked the customers. Two queries, and the programs'.
    """
    return _by_pair(_take(org_id, _lock(_of(pairs))))


def look_at_members(*, org_id: int, pairs: Collection[Pair]) -> dict[Pair, Member]:
    """The same without a lock, for what is only said and not done."""
    return _by_pair(_take(org_id, Enrollment.objects.filter(_of(pairs)).order_by("pk")))


@within_unit_of_work
def lock_members_by_id(*, org_id: int, enrollment_ids: Collection[int]) -> dict[int, Member]:
    """Lock these enrolments until the unit ends, by their keys."""
    rows = _lock(Q(pk__in=enrollment_ids, org_id=org_id))
    return {row.pk: member for row, member in _take(org_id, rows)}


def load_bills(members: Collection[Member], returned_ids: Collection[int]) -> None:
    """Give each member what the bills that come back had earned and lost; two queries, or none."""
    returned_ids = storable(returned_ids)
    if not returned_ids:
        return
    by_id = {member.enrollment.pk: member for member in members}
    rows = PointsEntry.objects.filter(
        Q(transaction_id__in=returned_ids) | Q(transaction__returned_id__in=returned_ids),
        enrollment_id__in=by_id,
        kind__in=("AWARD", "RETURN"),
    ).values_list(
        "enrollment_id",
        "transaction_id",
        "transaction__returned_id",
        "kind",
        "points",
        "delayed",
        "purchases",
        "shortfall",
    )
    for member_id, transaction_id, returned_id, kind, points, delayed, purchases, short in rows:
        bill_id = transaction_id if kind == "AWARD" else returned_id
        if bill_id is None:
            continue
        bill = by_id[member_id].bills.setdefault(bill_id, Bill())
        if kind == "AWARD":
            bill.amount += purchases
            bill.awarded += points + delayed
        else:
            bill.note(-purchases, short - points - delayed)
    expired = PointsAllocation.objects.filter(
        lot__enrollment_id__in=by_id,
        lot__transaction_id__in=returned_ids,
        lot__kind="REGULAR",
        entry__kind="EXPIRE",
    ).values_list("lot__enrollment_id", "lot__transaction_id", "points")
    for member_id, bill_id, points in expired:
        by_id[member_id].bills.setdefault(bill_id, Bill()).expired += points


def _of(pairs: Collection[Pair]) -> Q:
    return Q(
        customer_id__in=storable({customer for customer, _ in pairs}),
        program_id__in={program for _, program in pairs},
    )


def _by_pair(members: Iterable[tuple[Enrollment, Member]]) -> dict[Pair, Member]:
    return {(row.customer_id, row.program_id): member for row, member in members}


def _lock(condition: Q) -> list[Enrollment]:
    # list() takes the locks; a lazy queryset would take none.
    return list(Enrollment.objects.filter(condition).order_by("pk").select_for_update())


def _take(org_id: int, rows: Iterable[Enrollment]) -> list[tuple[Enrollment, Member]]:
    programs = get_programs(org_id)
    found = [row for row in rows if row.program_id in programs]
    lots = _open_lots([row.pk for row in found])
    members = []
    for row in found:
        program = programs[row.program_id]
        balances = Balances(**{name: getattr(row, name) for name in BALANCES})
        standing = Standing(program.step(row.tier_id), row.tier_expires_at, row.tier_basis)
        members.append((row, Member(row, program, Account(balances, lots[row.pk]), standing)))
    return members


def _open_lots(enrollment_ids: Collection[int]) -> dict[int, list[Lot]]:
    lots: dict[int, list[Lot]] = defaultdict(list)
    for row in (
        PointsLot.objects.filter(enrollment_id__in=enrollment_ids, remaining__gt=0)
        .order_by("enrollment_id", "id")
        .values_list(
            "enrollment_id",
            "id",
            "kind",
            "awarded",
            "remaining",
            "awarded_at",
            "available_at",
            "expires_at",
            "is_delayed",
            "transaction_id",
        )
    ):
        member_id, pk, kind, awarded, remaining, given_at, available, expires, delayed, bill = row
        lots[member_id].append(
            Lot(
                kind=kind,
                awarded=awarded,
                remaining=remaining,
                awarded_at=given_at,
                available_at=available,
                expires_at=expires,
                is_delayed=delayed,
                transaction_id=bill,
                pk=pk,
            )
        )
    return lots
