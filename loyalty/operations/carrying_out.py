"""Letting one movement happen to a locked member: what it is worth, and what it leads to."""

from datetime import datetime, tzinfo
from decimal import Decimal

from loyalty.operations.members import Member, Writing
from loyalty.rules.amounts import ZERO, half_up
from loyalty.rules.ledger import Line, Lot
from loyalty.rules.movements import Movement
from loyalty.rules.returns import Bill

# Which lots the points of a movement lie in; all others are regular ones.
_LOT_KINDS = {"PROMOTIONAL": "PROMOTIONAL", "GOODWILL": "GOODWILL", "BONUS": "BONUS"}


def carry_out(member: Member, movement: Movement, *, now: datetime, zone: tzinfo) -> Writing:
    """Move the member's points and lift the tier where that reaches a higher one.

    Nothing is written yet. Raises InsufficientPoints, and then nothing has changed.
    """
    achieved = member.achieved()
    happened_at = movement.happened_at or now
    if movement.kind == "RETURN":
        line = _take_back(member, movement, happened_at)
    elif movement.kind == "REDEEM":
        line = member.account.spend("REDEEM", movement.points, at=happened_at)
    elif movement.points is not None and movement.points < 0:
        line = member.account.spend("ADJUST", -movement.points, at=happened_at)
    else:
        line = _give(member, movement, happened_at, now=now, zone=zone)
    writing = member.note(line, movement)
    # What is given late may be over already.
    member.settle_points(now)
    member.climb(achieved, at=now, zone=zone)
    return writing


def _give(
    member: Member, movement: Movement, happened_at: datetime, *, now: datetime, zone: tzinfo
) -> Line:
    points = movement.points
    if points is None:
        # Rounded once, here, at the rate of the tier the member has at this moment.
        points = half_up(movement.purchases * member.standing.tier.earn_rate)
    if movement.transaction_id is not None and movement.kind == "AWARD":
        member.bills[movement.transaction_id] = Bill(movement.purchases, points)
    lots = [_lot(member, movement, points, happened_at, now, zone)] if points > 0 else []
    return member.account.credit(movement.kind, lots, at=happened_at, purchases=movement.purchases)


def _lot(
    member: Member,
    movement: Movement,
    points: Decimal,
    happened_at: datetime,
    now: datetime,
    zone: tzinfo,
) -> Lot:
    program = member.program
    available_at = program.points_begin(happened_at) if movement.is_delayed else happened_at
    return Lot(
        kind=_LOT_KINDS.get(movement.kind, "REGULAR"),
        awarded=points,
        remaining=points,
        awarded_at=happened_at,
        available_at=available_at,
        expires_at=movement.expires_at or program.points_end(happened_at, zone),
        is_delayed=movement.is_delayed and available_at > now,
        transaction_id=movement.transaction_id,
        awarded_by_id=movement.issued_by_id,
        promotion=movement.promotion,
    )


def _take_back(member: Member, movement: Movement, happened_at: datetime) -> Line:
    amount, points = movement.purchases, movement.points
    bill = member.bills.get(movement.returned_id) if movement.returned_id else None
    if points is None:
        if bill is not None:
            points = bill.owed_for(amount)
        elif movement.returned_id is None:
            # Nobody knows the bill: what the goods would earn today is the best guess.
            points = half_up(amount * member.standing.tier.earn_rate)
        else:
            # The bill is known and earned nothing here.
            points, amount = ZERO, ZERO
    if bill is not None:
        bill.note(amount, points)
    return member.account.take_back(
        points, at=happened_at, transaction_id=movement.returned_id, purchases=amount
    )
