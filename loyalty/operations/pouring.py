"""Moving a victim's loyalty to the survivor of a merge (contract, rule 2.6)."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db.models import Max

from crm.audit.operations.recording import NewEvent
from customers.operations.journaling import Journal
from loyalty.models import (
    Effect,
    Enrollment,
    PartnerMembership,
    PointsEntry,
    PointsTransfer,
    TierChange,
    Transaction,
)
from loyalty.models.enrollment import BALANCES
from loyalty.queries.programs import get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.balances import Balances
from loyalty.rules.merging import join_standings
from loyalty.rules.programs import ProgramRules
from loyalty.rules.tiers import Standing

# What time does to points, whoever holds them.
SWEPT = (PointsEntry.Kind.MATURE, PointsEntry.Kind.EXPIRE)


def pour_points(*, journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Give the survivor the victim's memberships, points, transactions and transfers.

    Where both are members of a program, lots and entries are re-pointed, the survivor's balances
    become the sums of both and the victim's become zero; the higher tier holds until it expires.
    Both customers are locked.
    """
    enrollments = Enrollment.objects.filter(customer_id__in=(survivor_id, victim_id))
    # In the order of the keys, like every posting.
    locked = journal.hold(enrollments.order_by("pk"))
    own = {row.program_id: row for row in locked if row.customer_id == survivor_id}
    theirs = [row for row in locked if row.customer_id == victim_id]
    last = last_entries([row.pk for row in theirs])
    for row in theirs:
        if (rival := own.get(row.program_id)) is None:
            beside = {"last_entry": last.get(row.pk)}
            journal.change(row, {"customer_id": survivor_id}, beside=beside)
        else:
            _empty_into(journal, row, rival)
    to = {"customer_id": survivor_id}
    journal.change_all(Transaction.objects.filter(customer_id=victim_id), to)
    journal.change_all(Effect.objects.filter(customer_id=victim_id), to)
    for side in ("from_customer_id", "to_customer_id"):
        journal.change_all(PointsTransfer.objects.filter(**{side: victim_id}), {side: survivor_id})


def last_entries(enrollment_ids: Collection[int]) -> dict[int, int]:
    """The newest entry of each of these members that somebody made; sweeps do not count.

    Entries get their keys under the lock of their member, so a later one has a higher key.
    """
    made = PointsEntry.objects.filter(enrollment_id__in=enrollment_ids).exclude(kind__in=SWEPT)
    return dict(made.values_list("enrollment_id").annotate(last=Max("pk")).order_by())


def _empty_into(journal: Journal, victim: Enrollment, survivor: Enrollment) -> None:
    to = {"enrollment_id": survivor.pk}
    journal.change_all(victim.entries.all(), to)
    journal.change_all(victim.lots.all(), to)
    journal.change_all(victim.tier_changes.all(), to)
    # In a partner's program one has one number: the survivor's own wins.
    present = survivor.partner_memberships.values("partner_program_id")
    journal.change_all(
        PartnerMembership.objects.filter(enrollment=victim).exclude(partner_program__in=present),
        to,
    )
    _join_tiers(journal, victim, survivor)
    sums = {name: getattr(survivor, name) + getattr(victim, name) for name in BALANCES}
    # First down, then up: at no moment are the same points counted twice.
    journal.change(victim, {**dict.fromkeys(BALANCES, ZERO), "tier_basis": ZERO})
    journal.change(survivor, sums)
    journal.tell(
        NewEvent(
            "loyalty.poured",
            "customer",
            survivor.customer_id,
            after={
                "program": survivor.program_id,
                "victim": victim.customer_id,
                "points": str(sums["points"]),
            },
        )
    )


def _join_tiers(journal: Journal, victim: Enrollment, survivor: Enrollment) -> None:
    origin = journal.origin
    program = get_programs(origin.org.pk)[survivor.program_id]
    before = survivor.tier_id
    joined = join_standings(
        program,
        _standing(program, survivor),
        _standing(program, victim),
        achieved=(_achieved(program, survivor), _achieved(program, victim)),
        now=origin.at,
        zone=origin.org.zone,
    )
    new: dict[str, Any] = {
        "tier_id": joined.tier.id,
        "tier_expires_at": joined.expires_at,
        "tier_basis": joined.basis,
    }
    journal.change(survivor, new)
    if joined.tier.id != before:
        journal.add(
            TierChange(
                enrollment=survivor,
                previous_tier_id=before,
                tier_id=joined.tier.id,
                expires_at=joined.expires_at,
                reason=TierChange.Reason.MERGED,
                changed_at=origin.at,
                changed_by_id=origin.actor_id,
            )
        )


def _standing(program: ProgramRules, row: Enrollment) -> Standing:
    return Standing(program.step(row.tier_id), row.tier_expires_at, row.tier_basis)


def _achieved(program: ProgramRules, row: Enrollment) -> Decimal:
    balances = Balances(**{name: getattr(row, name) for name in BALANCES})
    return balances.metric(program.tier_rule)
