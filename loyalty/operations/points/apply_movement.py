"""Apply one movement to a locked enrollment: its points, lots and tier."""

from datetime import datetime, tzinfo
from decimal import Decimal

from loyalty.operations.enrollments.lock import EnrollmentState, PendingEntry
from loyalty.rules.amounts import ZERO, round_half_up
from loyalty.rules.ledger import LedgerEntry, Lot
from loyalty.rules.movements import Movement
from loyalty.rules.redemption import check_redemption_rules
from loyalty.rules.returns import ReturnedPurchase
from loyalty.rules.tiers import Purchase

# The kind of lot for each kind of movement; all others are REGULAR.
_LOT_KINDS = {"PROMOTIONAL": "PROMOTIONAL", "GOODWILL": "GOODWILL", "BONUS": "BONUS"}


def apply_movement(
    enrollment: EnrollmentState, movement: Movement, *, now: datetime, zone: tzinfo
) -> PendingEntry:
    """Change the enrollment's points, and raise its tier if it reaches a higher one.

    It changes the state in memory and writes nothing. If it raises a refusal, nothing has changed.
    """
    metric_before = enrollment.get_tier_metric()
    happened_at = movement.happened_at or now
    if movement.kind == "RETURN":
        entry = _deduct_return(enrollment, movement, happened_at)
    elif movement.kind == "REDEEM":
        if movement.obeys_redeem_rules:
            check_redemption_rules(enrollment.program, enrollment.account.balances, movement.points)
        entry = enrollment.account.spend("REDEEM", movement.points, at=happened_at)
    elif movement.points is not None and movement.points < 0:
        entry = enrollment.account.spend("ADJUST", -movement.points, at=happened_at)
    else:
        entry = _credit_points(enrollment, movement, happened_at, now=now, zone=zone)
    pending = enrollment.record(entry, movement)
    # Points awarded for an earlier time may have expired already.
    enrollment.settle_points(now)
    if entry.purchases:
        enrollment.purchases.append(Purchase(happened_at, entry.purchases))
    enrollment.raise_tier(metric_before, at=now, zone=zone, is_bill=movement.kind == "AWARD")
    return pending


def _credit_points(
    enrollment: EnrollmentState,
    movement: Movement,
    happened_at: datetime,
    *,
    now: datetime,
    zone: tzinfo,
) -> LedgerEntry:
    points = movement.points
    if points is None:
        # Rounded once, here, at the rate of the current tier.
        points = round_half_up(movement.purchases * enrollment.tier_state.tier.earn_rate)
    if movement.transaction_id is not None and movement.kind == "AWARD":
        enrollment.returned_purchases[movement.transaction_id] = ReturnedPurchase(
            movement.purchases, points
        )
    lots = [_build_lot(enrollment, movement, points, happened_at, now, zone)] if points > 0 else []
    return enrollment.account.credit(
        movement.kind, lots, at=happened_at, purchases=movement.purchases
    )


def _build_lot(
    enrollment: EnrollmentState,
    movement: Movement,
    points: Decimal,
    happened_at: datetime,
    now: datetime,
    zone: tzinfo,
) -> Lot:
    program = enrollment.program
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


def _deduct_return(
    enrollment: EnrollmentState, movement: Movement, happened_at: datetime
) -> LedgerEntry:
    amount, points = movement.purchases, movement.points
    purchase = (
        enrollment.returned_purchases.get(movement.returned_id) if movement.returned_id else None
    )
    if points is None:
        if purchase is not None:
            points = purchase.get_points_owed(amount)
        elif movement.returned_id is None:
            # The purchase is unknown: deduct what the goods would earn today.
            points = round_half_up(amount * enrollment.tier_state.tier.earn_rate)
        else:
            # The purchase is known and earned nothing in this enrollment.
            points, amount = ZERO, ZERO
    if purchase is not None:
        purchase.record(amount, points)
    return enrollment.account.deduct_return(
        points, at=happened_at, transaction_id=movement.returned_id, purchases=amount
    )
