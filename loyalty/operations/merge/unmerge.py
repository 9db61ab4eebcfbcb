"""Restore the victim's loyalty in an unmerge (contract, rule 2.6)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from crm.kernel.model_names import get_model_name
from crm.kernel.staff_texts import staff_text, upper_first
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import MergeJournal
from customers.operations.merge.journal_trail import (
    MergeStep,
    MergeTrail,
    restore_rows,
    write_values,
)
from customers.rules.unmerge import UnmergeBlocker
from loyalty.models import (
    Card,
    Coupon,
    Effect,
    Enrollment,
    PartnerMembership,
    PointsAllocation,
    PointsEntry,
    PointsLot,
    TierChange,
    Transaction,
)
from loyalty.models.enrollment import BALANCES
from loyalty.operations.merge.points import get_last_entries, get_partner_links
from loyalty.queries.programs import get_programs
from loyalty.rules.amounts import ZERO
from loyalty.rules.balances import Balances

TIER_FIELDS = ("tier_id", "tier_expires_at", "tier_basis")
# Changes of these fields do not block an unmerge; an effect that was done does.
_PROGRESS_FIELDS = ("attempts", "failure", "due_at")
_EFFECT_TEXTS = {
    "REGISTRATION": staff_text("registration"),
    "UPDATE": staff_text("update"),
    "PURCHASE": staff_text("first purchase"),
}
_SPENDING_TEXTS = {
    "REDEEM": staff_text("were redeemed"),
    "RETURN": staff_text("were taken back"),
    "EXPIRE": staff_text("expired"),
    "ADJUST": staff_text("were adjusted away"),
    "TRANSFER_OUT": staff_text("were transferred away"),
}


def list_loyalty_blockers(journal: MergeJournal, trail: MergeTrail) -> list[UnmergeBlocker]:
    """Return as blockers the points, coupons, cards and transactions used since the merge."""
    return [
        *_find_points_blockers(journal, trail),
        *_find_membership_blockers(journal, trail),
        *_find_partner_blockers(journal, trail),
        *_find_return_blockers(trail),
        *_find_edit_blockers(trail),
    ]


def list_points_to_restore(journal: MergeJournal, trail: MergeTrail) -> list[tuple[str, Decimal]]:
    """Return the points that an unmerge restores to the victim, by program name."""
    programs = get_programs(journal.org_id)
    restored: list[tuple[str, Decimal]] = []
    for step in trail.of(Enrollment).values():
        if step.current is None:
            continue
        if _is_moved(step):
            restored.append((programs[step.current.program_id].name, step.current.points))
        elif step.current.customer_id == journal.victim_id:
            restored.append((programs[step.current.program_id].name, step.value_before("points")))
    return sorted(restored)


@within_unit_of_work
def unmerge_loyalty(*, origin: Origin, journal: MergeJournal, trail: MergeTrail) -> None:
    """Restore the victim's enrollments, points, transactions, cards and coupons that moved.

    In a shared program, lots and entries go back to the victim's enrollment. The survivor keeps
    the points and the tier gained since. Both customers are locked, the trail holds the locked
    rows, and there is no blocker.
    """
    shared_steps = {pk: step for pk, step in trail.of(Enrollment).items() if not _is_moved(step)}
    new_tier_ids = {pk for pk, step in shared_steps.items() if _has_new_tier(journal, step)}
    values = [
        (step, _build_enrollment_values(origin, journal, step, pk in new_tier_ids))
        for pk, step in shared_steps.items()
    ]
    # Subtract first, then add, so that no points are ever counted twice.
    values.sort(key=lambda item: item[0].current.customer_id == journal.victim_id)
    for value in values:
        write_values([value])
    restore_rows(
        [
            step
            for rows in trail.steps.values()
            for step in rows.values()
            if not (step.model is Enrollment and step.pk in shared_steps)
            # A survivor with a new tier since keeps its tier history.
            and not (
                step.model is TierChange
                and step.is_created_by_merge
                and _get_enrollment_id(step) in new_tier_ids
            )
        ]
    )


def _is_moved(step: MergeStep) -> bool:
    return "customer_id" in (step.before or {})


def _get_enrollment_id(step: MergeStep) -> int | None:
    return step.current.enrollment_id if step.current is not None else None


def _has_new_tier(journal: MergeJournal, step: MergeStep) -> bool:
    """Whether the survivor's tier changed since the merge."""
    return step.current.customer_id == journal.survivor_id and bool(
        step.list_edited_columns() & {*TIER_FIELDS}
    )


def _build_enrollment_values(
    origin: Origin, journal: MergeJournal, step: MergeStep, has_new_tier: bool
) -> dict[str, Any]:
    before = step.before or {}
    merged = {
        name: step.value_after(name) - step.value_before(name)
        for name in BALANCES
        if name in before
    }
    new_values: dict[str, Any] = {
        name: getattr(step.current, name) - amount for name, amount in merged.items()
    }
    if step.current.customer_id == journal.victim_id:
        # The tier of the emptied enrollment may have been lowered since.
        return {**new_values, **{name: step.value_before(name) for name in TIER_FIELDS}}
    if not has_new_tier:
        return {
            **new_values,
            **{name: step.value_before(name) for name in TIER_FIELDS if name in before},
        }
    program = get_programs(origin.org.pk)[step.current.program_id]
    restored_metric = Balances(**merged).tier_metric(program.tier_rule)
    return {**new_values, "tier_basis": max(step.current.tier_basis - restored_metric, ZERO)}


def _find_points_blockers(journal: MergeJournal, trail: MergeTrail) -> Iterator[UnmergeBlocker]:
    changed_steps = [
        step
        for step in trail.of(PointsLot).values()
        if step.current is None or step.list_edited_columns()
    ]
    if not changed_steps:
        return
    programs = get_programs(journal.org_id)
    spent_rows = (
        PointsAllocation.objects.filter(lot__in=trail.rows_of(PointsLot))
        .exclude(entry__in=trail.rows_of(PointsEntry))
        .values_list("entry__enrollment__program_id", "entry__kind")
        .annotate(sum=Sum("points"))
        .order_by("entry__enrollment__program_id", "entry__kind")
    )
    for program_id, kind, amount in spent_rows:
        yield UnmergeBlocker(
            "points",
            staff_text(
                "{amount} points of {program} that moved {spent} since.",
                amount=_format_amount(amount),
                program=programs[program_id].name,
                spent=_SPENDING_TEXTS.get(kind, staff_text("were spent")),
            ),
        )
    matured_points: dict[int, Decimal] = defaultdict(Decimal)
    enrollment_steps = trail.of(Enrollment)
    for step in changed_steps:
        if step.current is not None and "is_delayed" in step.list_edited_columns():
            enrollment_step = enrollment_steps.get(step.current.enrollment_id)
            program_id = (
                enrollment_step.current.program_id
                if enrollment_step
                else step.current.enrollment.program_id
            )
            matured_points[program_id] += step.value_after("remaining")
    for program_id, amount in matured_points.items():
        yield UnmergeBlocker(
            "points",
            staff_text(
                "{amount} points of {program} that moved became spendable since.",
                amount=_format_amount(amount),
                program=programs[program_id].name,
            ),
        )


def _find_membership_blockers(journal: MergeJournal, trail: MergeTrail) -> Iterator[UnmergeBlocker]:
    moved_steps = {pk: step for pk, step in trail.of(Enrollment).items() if _is_moved(step)}
    last_entry_ids = get_last_entries(list(moved_steps))
    programs = get_programs(journal.org_id)
    for pk, step in moved_steps.items():
        if last_entry_ids.get(pk) != (step.merged_row or {})["last_entry"]:
            yield UnmergeBlocker(
                "points",
                staff_text(
                    "The membership of {program}, which moved, was used since.",
                    program=programs[step.current.program_id].name,
                ),
            )


def _find_partner_blockers(journal: MergeJournal, trail: MergeTrail) -> Iterator[UnmergeBlocker]:
    """Find memberships in partners' programs changed since, and numbers given to others since."""
    moved_steps = {pk: step for pk, step in trail.of(Enrollment).items() if _is_moved(step)}
    present_links = get_partner_links(list(moved_steps))
    programs = get_programs(journal.org_id)
    for pk, step in moved_steps.items():
        # Merges before this was recorded have no such list.
        links = (step.merged_row or {}).get("partners")
        if links is not None and links != present_links.get(pk, []):
            yield UnmergeBlocker(
                "partners",
                staff_text(
                    "Links to partners' programs of {program}, which moved, were changed since.",
                    program=programs[step.current.program_id].name,
                ),
            )
    ended_steps = [
        step for step in trail.of(PartnerMembership).values() if "unlinked_at" in step.after
    ]
    taken = _list_taken_numbers(ended_steps)
    for step in ended_steps:
        key = (step.value_before("partner_program_id"), step.value_before("membership_id"))
        if key in taken:
            yield UnmergeBlocker(
                "partners",
                staff_text(
                    "The membership id {number} at a partner was given to a customer since.",
                    number=key[1],
                ),
            )


def _list_taken_numbers(ended_steps: Collection[MergeStep]) -> set[tuple[int, str]]:
    """Return the partner programs and numbers of ended memberships that are held again."""
    if not ended_steps:
        return set()
    rows = PartnerMembership.objects.filter(
        membership_id__in=[step.value_before("membership_id") for step in ended_steps],
        unlinked_at__isnull=True,
    )
    return set(rows.values_list("partner_program_id", "membership_id"))


def _find_return_blockers(trail: MergeTrail) -> Iterator[UnmergeBlocker]:
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
        yield UnmergeBlocker(
            "bills",
            staff_text(
                "Goods of the bill {number}, which moved, were brought back since.", number=number
            ),
        )


def _find_edit_blockers(trail: MergeTrail) -> Iterator[UnmergeBlocker]:
    describers: Mapping[Any, Callable[[MergeStep], str]] = {
        Card: _describe_card_edit,
        Coupon: _describe_coupon_edit,
        Effect: _describe_effect_edit,
        Transaction: lambda step: staff_text(
            "The bill {number} was changed since.", number=step.current.number
        ),
    }
    blocker_kinds = {Card: "cards", Coupon: "coupons"}
    for rows in trail.steps.values():
        for step in rows.values():
            if step.is_created_by_merge or step.model in (Enrollment, PointsEntry, PointsLot):
                continue
            if step.current is None or step.list_edited_columns(
                ignored=_PROGRESS_FIELDS if step.model is Effect else ()
            ):
                describe = describers.get(step.model) if step.current is not None else None
                yield UnmergeBlocker(
                    blocker_kinds.get(step.model, "edited"),
                    describe(step) if describe else _describe_row_edit(step),
                )


def _describe_card_edit(step: MergeStep) -> str:
    card = step.current
    if card.customer_id is None:
        return staff_text("The card {number} was taken back since.", number=card.number)
    return staff_text(
        "The card {number} was changed since: it is {status} now.",
        number=card.number,
        status=card.status,
    )


def _describe_coupon_edit(step: MergeStep) -> str:
    edited = step.list_edited_columns()
    verb = staff_text("changed")
    if "redemption_count" in edited:
        is_more = step.current.redemption_count > step.value_after("redemption_count")
        verb = staff_text("redeemed") if is_more else staff_text("reactivated")
    verb = staff_text("revoked") if "revoked_at" in edited else verb
    return staff_text("The coupon {code} was {verb} since.", code=step.current.code, verb=verb)


def _describe_effect_edit(step: MergeStep) -> str:
    kind_label = _EFFECT_TEXTS[step.current.kind]
    return staff_text(
        "What follows from a {kind_label}, which moved, was done for the survivor since.",
        kind_label=kind_label,
    )


def _describe_row_edit(step: MergeStep) -> str:
    return staff_text(
        "{name} {id} was {edit} since.",
        name=upper_first(get_model_name(step.model)),
        id=step.pk,
        edit=staff_text("changed") if step.current else staff_text("removed"),
    )


def _format_amount(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
