"""Merging and unmerging the places in hierarchies and companies."""

from collections.abc import Iterator
from typing import Any

from crm.kernel.staff_texts import staff_text
from customers.models import Association, MergeJournal
from customers.operations.merge.journal import Journal
from customers.operations.merge.journal_trail import MergeStep, MergeTrail
from customers.rules.unmerge import UnmergeBlocker


def move_associations(journal: Journal, *, survivor_id: int, victim_id: int) -> None:
    """Move the victim's places to the survivor; both customers are locked.

    If both have a place in one hierarchy, the higher role wins with its parent, and the survivor
    gets the victim's children. The victim's own row stays, without a parent. A blank company is
    filled.
    """
    survivor_rows = {row.hierarchy_id: row for row in _list_associations(survivor_id)}
    for row in _list_associations(victim_id):
        survivor_row = survivor_rows.get(row.hierarchy_id)
        if survivor_row is None:
            journal.change(row, {"customer_id": survivor_id})
        else:
            _combine_places(journal, row, survivor_row)


def list_association_blockers(journal: MergeJournal, trail: MergeTrail) -> Iterator[UnmergeBlocker]:
    """Yield a blocker for each customer placed since under a place that would be moved back."""
    steps = trail.of(Association)
    reverted_ids = [pk for pk, step in steps.items() if _is_reverted(step)]
    if not reverted_ids:
        return
    new_children = (
        Association.objects.filter(parent_id__in=reverted_ids, modified_at__gte=journal.merged_at)
        .exclude(pk__in=[pk for pk, step in steps.items() if "parent_id" in (step.before or {})])
        .order_by("customer_id")
        .values_list("customer_id", flat=True)
    )
    for customer_id in new_children:
        yield UnmergeBlocker(
            "edited",
            staff_text(
                "Customer {customer_id} was placed under customer {survivor_id} since.",
                customer_id=customer_id,
                survivor_id=journal.survivor_id,
            ),
        )


def is_survivor_place(step: MergeStep, survivor_id: int) -> bool:
    """Return whether the place was the survivor's before the merge."""
    return "customer_id" not in (step.before or {}) and _get_customer_id(step) == survivor_id


def _list_associations(customer_id: int) -> list[Association]:
    return list(
        Association.objects.filter(customer_id=customer_id).select_related("role").order_by("pk")
    )


def _combine_places(journal: Journal, row: Association, survivor_row: Association) -> None:
    new: dict[str, Any] = {}
    if (
        row.role is not None
        and survivor_row.role is not None
        and row.role.level < survivor_row.role.level
    ):
        new = {"role_id": row.role_id, "parent_id": row.parent_id}
    if survivor_row.company_id is None:
        new["company_id"] = row.company_id
    journal.change(survivor_row, new)
    # The survivor may be one of them and cannot be their own parent.
    children = Association.objects.filter(parent_id=row.pk).exclude(pk=survivor_row.pk)
    journal.change_all(children, {"parent_id": survivor_row.pk})
    journal.change(row, {"parent_id": None})


def _is_reverted(step: MergeStep) -> bool:
    """Return whether an unmerge takes the place from the survivor, or lowers its role."""
    return bool({"customer_id", "role_id"} & (step.before or {}).keys())


def _get_customer_id(step: MergeStep) -> int | None:
    merged_row = step.merged_row or {}
    return merged_row.get("customer_id")
