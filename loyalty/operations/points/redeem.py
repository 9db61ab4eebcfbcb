"""Redeem points at a till, and reverse a redemption."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from crm.kernel.ids import select_storable_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from customers.operations.one_time_codes import use_one_time_code
from customers.queries.customers.active import get_active_customer
from customers.queries.one_time_codes import list_code_targets
from loyalty import errors
from loyalty.models import PointsAllocation, PointsRedemption, PointsReversal
from loyalty.operations.enrollments.lock import EnrollmentState, load_lots, lock_enrollments_by_id
from loyalty.operations.points.post import plan_movements, post_movement
from loyalty.operations.points.write import write_enrollments
from loyalty.queries.programs import find_program, get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.ledger import Lot
from loyalty.rules.movements import Movement, read_positive_points
from loyalty.rules.redemption import get_redeemed_value

CODE_ACTION = "POINTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """Points to be redeemed; ``program_id`` None means the default program.

    ``reference`` is the caller's own key: a redemption with the same reference is not repeated.
    ``skips_rules``: the program's limits and its code are not asked for, as for staff.
    """

    customer_id: int
    points: Any
    program_id: int | None = None
    code: str = ""
    transaction_number: str = ""
    reference: str = ""
    notes: str = ""
    redeemed_at: datetime | None = None
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    skips_rules: bool = False


@dataclass(frozen=True, slots=True)
class RedeemedPoints:
    """A redemption that was made; ``value`` is what the points are worth in money."""

    redemption_id: int
    customer_id: int
    program_id: int
    points: Decimal
    value: Decimal
    balance: Decimal
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class ReversedRedemption:
    """A reversal that was made."""

    reversal_id: int
    redemption_id: int
    customer_id: int
    points: Decimal
    balance: Decimal


@within_unit_of_work
def redeem_points(*, origin: Origin, redemption: Redemption) -> RedeemedPoints:
    """Spend points of a customer, those that expire first; their code is used up, if one is given.

    Points are decimals, of which three places are kept.

    Raises:
        InsufficientPoints: fewer points can be spent.
        RedemptionTooSmall, RedemptionTooLarge, RedemptionNotMultiple, BalanceTooSmallToRedeem,
        LifetimePointsTooFew, PurchasesTooFew: the program does not allow it.
        CodeRequired, CodeInvalid, CodeExpired: a code is needed, or this one is not good.
        NotEnrolled, ProgramUnknown: there is no such enrollment.
        MarkedAsFraud: the customer is marked as fraud.
        StatusBlocksRedeeming: the customer's status label blocks it.
        ReferenceUsedOtherwise: the reference belongs to another redemption.
        CustomerUnknown, CustomerMerged: there is no such active customer.
        PointsInvalid, LedgerTextInvalid, LedgerDateInvalid: a value is invalid.
    """
    program = find_program(get_programs(origin.org.pk), redemption.program_id)
    result = post_movement(origin=origin, movement=_build_movement(redemption))
    if not result.is_repeat:
        _use_code(origin, redemption, needs_code=program.redeem_rules.needs_code)
    points = -result.points
    return RedeemedPoints(
        redemption_id=result.entry_id or 0,
        customer_id=redemption.customer_id,
        program_id=program.id,
        points=points,
        value=get_redeemed_value(program, points),
        balance=result.balance or ZERO,
        is_repeat=result.is_repeat,
    )


def plan_redemption(*, origin: Origin, redemption: Redemption) -> RedeemedPoints:
    """Return what ``redeem_points`` would do now, apart from the code; write nothing.

    Raises the refusals of ``redeem_points`` but those of the code.
    """
    [planned] = plan_movements(origin=origin, movements=[_build_movement(redemption)])
    if planned.refusal is not None:
        raise planned.refusal
    if planned.program is None or planned.before is None or planned.after is None:
        raise AssertionError("a movement that is not refused has a program and balances")
    points = planned.before.points - planned.after.points
    return RedeemedPoints(
        redemption_id=0,
        customer_id=redemption.customer_id,
        program_id=planned.program.id,
        points=points,
        value=get_redeemed_value(planned.program, points),
        balance=planned.before.points,
        is_repeat=False,
    )


@within_unit_of_work
def reverse_redemption(
    *,
    origin: Origin,
    redemption_id: int,
    points: Any = None,
    customer_id: int | None = None,
    reversed_before: Decimal | None = None,
    notes: str = "",
) -> ReversedRedemption:
    """Put redeemed points back into the lots they came from; with None all that is left of them.

    The lots keep their expiry: what has expired meanwhile expires at once. The lot that was spent
    last gets its points first. ``reversed_before`` is what the caller saw reversed: a form that is
    sent twice reverses once.

    Raises:
        RedemptionUnknown: the organization has no such redemption.
        RedemptionOfAnother: ``customer_id`` names a customer who did not redeem.
        RedemptionReversed: nothing of it is left to reverse.
        ReversalTooLarge: less of it is left.
        ChangedMeanwhile: more of it was reversed since the caller looked.
        PointsInvalid: the points are no positive number.
    """
    requested = None if points is None else read_positive_points(points)
    owner_id = _find_owner_id(origin, redemption_id)
    if customer_id is not None and customer_id != owner_id:
        raise errors.RedemptionOfAnother()
    customers = lock_customers([owner_id])
    get_active_customer(origin, customers, owner_id)
    # Read again: a merge may have moved it before the lock.
    redemption = PointsRedemption.objects.select_related("entry").get(pk=redemption_id)
    enrollment_id = redemption.entry.enrollment_id
    enrollment = lock_enrollments_by_id(
        org_id=origin.org.pk, enrollment_ids=[enrollment_id], now=origin.at
    )[enrollment_id]
    redemption.refresh_from_db(fields=["reversed_points"])
    left = redemption.points - redemption.reversed_points
    if left <= ZERO:
        raise errors.RedemptionReversed()
    if reversed_before is not None and reversed_before != redemption.reversed_points:
        raise errors.ChangedMeanwhile()
    reversed_points = left if requested is None else requested
    if reversed_points > left:
        raise errors.ReversalTooLarge(left=f"{left.normalize():f}")
    enrollment.settle(origin.at, origin.org.zone)
    parts = _split_over_lots(enrollment, redemption, reversed_points)
    pending = enrollment.record(
        enrollment.account.give_back(parts, at=origin.at),
        Movement(
            customer_id=owner_id,
            kind="REVERSE",
            transaction_number=redemption.entry.transaction_number,
            notes=notes,
        ),
    )
    enrollment.settle_points(origin.at)
    write_enrollments(origin=origin, enrollments=[enrollment])
    if pending.entry_id is None:
        raise AssertionError("a written entry has an id")
    reversal = PointsReversal.objects.create(
        redemption=redemption, entry_id=pending.entry_id, points=reversed_points
    )
    PointsRedemption.objects.filter(pk=redemption.pk).update(
        reversed_points=redemption.reversed_points + reversed_points
    )
    return ReversedRedemption(
        reversal.pk, redemption.pk, owner_id, reversed_points, enrollment.account.balances.points
    )


def _build_movement(redemption: Redemption) -> Movement:
    return Movement(
        customer_id=redemption.customer_id,
        kind="REDEEM",
        points=redemption.points,
        program_id=redemption.program_id,
        happened_at=redemption.redeemed_at,
        transaction_number=redemption.transaction_number,
        reference=redemption.reference,
        notes=redemption.notes,
        custom_fields=redemption.custom_fields,
        obeys_redeem_rules=not redemption.skips_rules,
    )


def _use_code(origin: Origin, redemption: Redemption, *, needs_code: bool) -> None:
    if redemption.code:
        targets = list_code_targets(
            org_id=origin.org.pk, customer_id=redemption.customer_id, action=CODE_ACTION
        )
        use_one_time_code(origin=origin, targets=targets, code=redemption.code)
    elif needs_code and not redemption.skips_rules:
        raise errors.CodeRequired()


def _find_owner_id(origin: Origin, redemption_id: int) -> int:
    owner_ids: Collection[int] = PointsRedemption.objects.filter(
        pk__in=select_storable_ids([redemption_id]), entry__org_id=origin.org.pk
    ).values_list("entry__enrollment__customer_id", flat=True)
    for owner_id in owner_ids:
        return owner_id
    raise errors.RedemptionUnknown()


def _split_over_lots(
    enrollment: EnrollmentState, redemption: PointsRedemption, points: Decimal
) -> list[tuple[Lot, Decimal]]:
    """Return the lots that get points back, the one that was spent last first."""
    taken = dict(
        PointsAllocation.objects.filter(entry_id=redemption.pk)
        .order_by("pk")
        .values_list("lot_id", "points")
    )
    given_back = dict(
        PointsAllocation.objects.filter(entry__reversal__redemption_id=redemption.pk)
        .values_list("lot_id")
        .annotate(total=Sum("points"))
        .order_by()
    )
    lots = load_lots(enrollment, set(taken))
    parts = []
    for lot_id in reversed(taken):
        part = min(taken[lot_id] + given_back.get(lot_id, ZERO), points)
        if part > 0:
            parts.append((lots[lot_id], part))
            points -= part
    return parts
