"""Move the victim's loyalty to the survivor of a merge (contract, rule 2.6)."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db.models import Max

from crm.audit.operations.events import NewEvent
from customers.operations.merge.journal import Journal, to_json
from loyalty.models import (
    Effect,
    Enrollment,
    PartnerMembership,
    PointsEntry,
    PointsTransfer,
    PromotionAward,
    TierChange,
    Transaction,
)
from loyalty.models.enrollment import BALANCES
from loyalty.queries.programs import get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.balances import Balances
from loyalty.rules.merge import merge_tier_states
from loyalty.rules.programs import ProgramRules
from loyalty.rules.tiers import TierState

# Kinds of entries that the scheduled tasks create.
SCHEDULED_KINDS = (PointsEntry.Kind.MATURE, PointsEntry.Kind.EXPIRE)


def merge_points(*, journal: Journal, survivor_id: int, victim_id: int) -> None:
    """Move the victim's enrollments, points, transactions and transfers to the survivor.

    If both are enrolled in a program, the lots and entries move to the survivor's enrollment. Its
    balances become the sums of both, and the victim's become zero. The higher tier is kept.
    Both customers are locked.
    """
    enrollments = Enrollment.objects.filter(customer_id__in=(survivor_id, victim_id))
    # In key order, like every posting.
    locked = journal.lock(enrollments.order_by("pk"))
    survivor_enrollments = {row.program_id: row for row in locked if row.customer_id == survivor_id}
    victim_enrollments = [row for row in locked if row.customer_id == victim_id]
    last_entry_ids = get_last_entries([row.pk for row in victim_enrollments])
    partners = get_partner_links([row.pk for row in victim_enrollments])
    for row in victim_enrollments:
        if (survivor_enrollment := survivor_enrollments.get(row.program_id)) is None:
            beside = {
                "last_entry": last_entry_ids.get(row.pk),
                "partners": partners.get(row.pk, []),
            }
            journal.change(row, {"customer_id": survivor_id}, attachments=beside)
        else:
            _merge_enrollments(journal, row, survivor_enrollment)
    new_owner = {"customer_id": survivor_id}
    journal.change_all(Transaction.objects.filter(customer_id=victim_id), new_owner)
    journal.change_all(Effect.objects.filter(customer_id=victim_id), new_owner)
    for side in ("from_customer_id", "to_customer_id"):
        journal.change_all(PointsTransfer.objects.filter(**{side: victim_id}), {side: survivor_id})


def get_last_entries(enrollment_ids: Collection[int]) -> dict[int, int]:
    """Return the newest entry of each enrollment, without those of the scheduled tasks.

    Entries get their ids under the lock of their enrollment, so a later one has a higher id.
    """
    entries = PointsEntry.objects.filter(enrollment_id__in=enrollment_ids).exclude(
        kind__in=SCHEDULED_KINDS
    )
    return dict(entries.values_list("enrollment_id").annotate(last=Max("pk")).order_by())


def get_partner_links(enrollment_ids: Collection[int]) -> dict[int, list[list[Any]]]:
    """Return the present memberships in partners' programs of each enrollment, as JSON values."""
    links: dict[int, list[list[Any]]] = defaultdict(list)
    rows = PartnerMembership.objects.filter(
        enrollment_id__in=enrollment_ids, unlinked_at__isnull=True
    )
    for enrollment_id, *values in rows.order_by("pk").values_list(
        "enrollment_id", "pk", "membership_id", "tier_id", "tier_expires_at"
    ):
        links[enrollment_id].append([to_json(value) for value in values])
    return links


def _merge_enrollments(journal: Journal, victim: Enrollment, survivor: Enrollment) -> None:
    new_enrollment = {"enrollment_id": survivor.pk}
    journal.change_all(victim.entries.all(), new_enrollment)
    journal.change_all(victim.lots.all(), new_enrollment)
    journal.change_all(victim.tier_changes.all(), new_enrollment)
    _merge_partner_memberships(journal, victim, survivor)
    # What is given once was given to the survivor too.
    journal.change_all(
        PromotionAward.objects.filter(enrollment=victim).exclude(
            promotion__in=survivor.promotion_awards.values("promotion")
        ),
        new_enrollment,
    )
    _merge_tiers(journal, victim, survivor)
    sums = {name: getattr(survivor, name) + getattr(victim, name) for name in BALANCES}
    # Subtract first, then add, so that no points are ever counted twice.
    journal.change(victim, {**dict.fromkeys(BALANCES, ZERO), "tier_basis": ZERO})
    journal.change(survivor, sums)
    journal.add_event(
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


def _merge_partner_memberships(journal: Journal, victim: Enrollment, survivor: Enrollment) -> None:
    """Move the victim's memberships; where both are linked, the survivor's stays.

    A customer has one number in a partner's program: the victim's ends, and is free again.
    """
    linked = survivor.partner_memberships.filter(unlinked_at__isnull=True)
    ending = victim.partner_memberships.filter(
        unlinked_at__isnull=True,
        partner_program__in=list(linked.values_list("partner_program_id", flat=True)),
    )
    ending_ids = list(ending.values_list("pk", flat=True))
    journal.change_all(
        PartnerMembership.objects.filter(pk__in=ending_ids),
        {"unlinked_at": journal.origin.at, "unlinked_by_id": journal.origin.actor_id},
    )
    journal.change_all(
        victim.partner_memberships.exclude(pk__in=ending_ids), {"enrollment_id": survivor.pk}
    )


def _merge_tiers(journal: Journal, victim: Enrollment, survivor: Enrollment) -> None:
    origin = journal.origin
    program = get_programs(origin.org.pk)[survivor.program_id]
    previous_tier_id = survivor.tier_id
    merged = merge_tier_states(
        program,
        _build_tier_state(program, survivor),
        _build_tier_state(program, victim),
        metrics=(_get_tier_metric(program, survivor), _get_tier_metric(program, victim)),
        now=origin.at,
        zone=origin.org.zone,
    )
    new_values: dict[str, Any] = {
        "tier_id": merged.tier.id,
        "tier_expires_at": merged.expires_at,
        "tier_basis": merged.basis,
    }
    journal.change(survivor, new_values)
    if merged.tier.id != previous_tier_id:
        journal.add(
            TierChange(
                enrollment=survivor,
                previous_tier_id=previous_tier_id,
                tier_id=merged.tier.id,
                expires_at=merged.expires_at,
                reason=TierChange.Reason.MERGED,
                changed_at=origin.at,
                changed_by_id=origin.actor_id,
            )
        )


def _build_tier_state(program: ProgramRules, row: Enrollment) -> TierState:
    return TierState(program.step(row.tier_id), row.tier_expires_at, row.tier_basis)


def _get_tier_metric(program: ProgramRules, row: Enrollment) -> Decimal:
    balances = Balances(**{name: getattr(row, name) for name in BALANCES})
    return balances.tier_metric(program.tier_rule)
