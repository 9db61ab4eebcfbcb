"""Giving a released customer their loyalty back (contract, rule 2.6)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import MergeJournal
from customers.operations.retracing import Step, Trail, put_back, write
from customers.rules.undoing import Blocker
from loyalty.models import (
    Card,
    Coupon,
    Effect,
    Enrollment,
    PointsAllocation,
    PointsEntry,
    PointsLot,
    TierChange,
    Transaction,
)
from loyalty.models.enrollment import BALANCES
from loyalty.operations.pouring import last_entries
from loyalty.queries.programs import get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.balances import Balances

TIER = ("tier_id", "tier_expires_at", "tier_basis")
# How far an effect has come is no edit; that it was done for the survivor is.
_PROGRESS = ("attempts", "failure", "due_at")
_SPENT = {
    "REDEEM": "were redeemed",
    "RETURN": "were taken back",
    "EXPIRE": "expired",
    "ADJUST": "were adjusted away",
    "TRANSFER_OUT": "were transferred away",
}


def find_loyalty_blockers(journal: MergeJournal, trail: Trail) -> list[Blocker]:
    """Points, coupons, cards and bills that moved and were used since, by name."""
    return [
        *_points_used(journal, trail),
        *_memberships_used(journal, trail),
        *_bills_returned(trail),
        *_edited(trail),
    ]


def list_points_going(journal: MergeJournal, trail: Trail) -> list[tuple[str, Decimal]]:
    """The points that an undo gives back to the victim, by the name of the program."""
    programs = get_programs(journal.org_id)
    going: list[tuple[str, Decimal]] = []
    for step in trail.of(Enrollment).values():
        if step.now is None:
            continue
        if _is_moved(step):
            going.append((programs[step.now.program_id].name, step.now.points))
        elif step.now.customer_id == journal.victim_id:
            going.append((programs[step.now.program_id].name, step.was("points")))
    return sorted(going)


@within_unit_of_work
def pour_back(*, origin: Origin, journal: MergeJournal, trail: Trail) -> None:
    """Give the victim the memberships, points, bills, cards and coupons that moved.

    In a shared program lots and entries go back to the victim's enrolment; the survivor keeps
    what came in since, and a tier that was reached since. Both customers are locked, the trail
    holds the locked rows, and nothing blocks.
    """
    shared = {pk: step for pk, step in trail.of(Enrollment).items() if not _is_moved(step)}
    climbed = {pk for pk, step in shared.items() if _has_climbed(journal, step)}
    values = [
        (step, _balances(origin, journal, step, pk in climbed)) for pk, step in shared.items()
    ]
    # First down, then up: at no moment are the same points counted twice.
    values.sort(key=lambda item: item[0].now.customer_id == journal.victim_id)
    for value in values:
        write([value])
    put_back(
        [
            step
            for rows in trail.steps.values()
            for step in rows.values()
            if not (step.model is Enrollment and step.pk in shared)
            # Who climbed since keeps the history of the climb.
            and not (step.model is TierChange and step.is_made and _member_of(step) in climbed)
        ]
    )


def _is_moved(step: Step) -> bool:
    return "customer_id" in (step.before or {})


def _member_of(step: Step) -> int | None:
    return step.now.enrollment_id if step.now is not None else None


def _has_climbed(journal: MergeJournal, step: Step) -> bool:
    """Whether the survivor's tier became another since, by what came in or by time."""
    return step.now.customer_id == journal.survivor_id and bool(step.edited() & {*TIER})


def _balances(
    origin: Origin, journal: MergeJournal, step: Step, has_climbed: bool
) -> dict[str, Any]:
    before = step.before or {}
    poured = {name: step.became(name) - step.was(name) for name in BALANCES if name in before}
    new: dict[str, Any] = {
        name: getattr(step.now, name) - amount for name, amount in poured.items()
    }
    if step.now.customer_id == journal.victim_id:
        # Time may have lowered the tier of an emptied membership.
        return {**new, **{name: step.was(name) for name in TIER}}
    if not has_climbed:
        return {**new, **{name: step.was(name) for name in TIER if name in before}}
    program = get_programs(origin.org.pk)[step.now.program_id]
    gone = Balances(**poured).metric(program.tier_rule)
    return {**new, "tier_basis": max(step.now.tier_basis - gone, ZERO)}


def _points_used(journal: MergeJournal, trail: Trail) -> Iterator[Blocker]:
    changed = [step for step in trail.of(PointsLot).values() if step.now is None or step.edited()]
    if not changed:
        return
    programs = get_programs(journal.org_id)
    taken = (
        PointsAllocation.objects.filter(lot__in=trail.rows_of(PointsLot))
        .exclude(entry__in=trail.rows_of(PointsEntry))
        .values_list("entry__enrollment__program_id", "entry__kind")
        .annotate(sum=Sum("points"))
        .order_by("entry__enrollment__program_id", "entry__kind")
    )
    for program_id, kind, amount in taken:
        yield Blocker(
            "points",
            f"{_shown(amount)} points of {programs[program_id].name} that moved "
            f"{_SPENT.get(kind, 'were spent')} since.",
        )
    matured: dict[int, Decimal] = defaultdict(Decimal)
    members = trail.of(Enrollment)
    for step in changed:
        if step.now is not None and "is_delayed" in step.edited():
            member = members.get(step.now.enrollment_id)
            program_id = member.now.program_id if member else step.now.enrollment.program_id
            matured[program_id] += step.became("remaining")
    for program_id, amount in matured.items():
        yield Blocker(
            "points",
            f"{_shown(amount)} points of {programs[program_id].name} that moved became "
            "spendable since.",
        )


def _memberships_used(journal: MergeJournal, trail: Trail) -> Iterator[Blocker]:
    moved = {pk: step for pk, step in trail.of(Enrollment).items() if _is_moved(step)}
    last = last_entries(list(moved))
    programs = get_programs(journal.org_id)
    for pk, step in moved.items():
        if last.get(pk) != (step.left or {})["last_entry"]:
            yield Blocker(
                "points",
                f"The membership of {programs[step.now.program_id].name}, which moved, "
                "was used since.",
            )


def _bills_returned(trail: Trail) -> Iterator[Blocker]:
    if not trail.of(Transaction):
        return
    rows = (
        Transaction.objects.filter(returned__in=trail.rows_of(Transaction))
        .exclude(pk__in=trail.rows_of(Transaction))
        .values_list("returned__number")
        .annotate(count=Count("pk"))
        .order_by("returned__number")
    )
    for number, _ in rows:
        yield Blocker("bills", f"Goods of the bill {number}, which moved, were brought back since.")


def _edited(trail: Trail) -> Iterator[Blocker]:
    words: Mapping[Any, Callable[[Step], str]] = {
        Card: _card_words,
        Coupon: _coupon_words,
        Effect: _effect_words,
        Transaction: lambda step: f"The bill {step.now.number} was changed since.",
    }
    kinds = {Card: "cards", Coupon: "coupons"}
    for rows in trail.steps.values():
        for step in rows.values():
            if step.is_made or step.model in (Enrollment, PointsEntry, PointsLot):
                continue
            if step.now is None or step.edited(but=_PROGRESS if step.model is Effect else ()):
                tell = words.get(step.model) if step.now is not None else None
                yield Blocker(
                    kinds.get(step.model, "edited"), tell(step) if tell else _any_words(step)
                )


def _card_words(step: Step) -> str:
    if step.now.customer_id is None:
        return f"The card {step.now.number} was taken back since."
    return f"The card {step.now.number} was changed since: it is {step.now.status} now."


def _coupon_words(step: Step) -> str:
    edited = step.edited()
    verb = "redeemed" if "redemption_count" in edited else "changed"
    return f"The coupon {step.now.code} was {'revoked' if 'revoked_at' in edited else verb} since."


def _effect_words(step: Step) -> str:
    what = Effect.Kind(step.now.kind).label.lower()
    return f"What follows from a {what}, which moved, was done for the survivor since."


def _any_words(step: Step) -> str:
    name = str(step.model._meta.verbose_name)
    return (
        f"{name[:1].upper()}{name[1:]} {step.pk} was {'changed' if step.now else 'removed'} since."
    )


def _shown(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
