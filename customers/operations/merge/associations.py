"""What a merge does with places in hierarchies and with companies, and how it is undone."""

from collections.abc import Iterator
from typing import Any

from customers.models import Association, MergeJournal
from customers.operations.merge.journal import Journal
from customers.operations.merge.journal_trail import Step, Trail
from customers.rules.unmerge import Blocker


def move_associations(journal: Journal, *, survivor_id: int, victim_id: int) -> None:
    """Give the survivor the victim's places; both customers are locked.

    Where both stand in one hierarchy the higher role holds, with the place it has, and the
    victim's children are the survivor's. The victim's own row stays behind, under nobody. A
    blank company is filled.
    """
    own = {row.hierarchy_id: row for row in _rows(survivor_id)}
    for row in _rows(victim_id):
        rival = own.get(row.hierarchy_id)
        if rival is None:
            journal.change(row, {"customer_id": survivor_id})
        else:
            _join(journal, row, rival)


def find_association_blockers(journal: MergeJournal, trail: Trail) -> Iterator[Blocker]:
    """Who was placed since under a place that would go back: nobody would stand above them."""
    steps = trail.of(Association)
    going = [pk for pk, step in steps.items() if _goes(step)]
    if not going:
        return
    later = (
        Association.objects.filter(parent_id__in=going, modified_at__gte=journal.merged_at)
        .exclude(pk__in=[pk for pk, step in steps.items() if "parent_id" in (step.before or {})])
        .order_by("customer_id")
        .values_list("customer_id", flat=True)
    )
    for customer_id in later:
        yield Blocker(
            "edited",
            f"Customer {customer_id} was placed under customer {journal.survivor_id} since.",
        )


def is_own_place(step: Step, survivor_id: int) -> bool:
    """Whether the place was the survivor's before the merge, too."""
    return "customer_id" not in (step.before or {}) and _holder(step) == survivor_id


def _rows(customer_id: int) -> list[Association]:
    return list(
        Association.objects.filter(customer_id=customer_id).select_related("role").order_by("pk")
    )


def _join(journal: Journal, row: Association, rival: Association) -> None:
    new: dict[str, Any] = {}
    if row.role is not None and rival.role is not None and row.role.level < rival.role.level:
        new = {"role_id": row.role_id, "parent_id": row.parent_id}
    if rival.company_id is None:
        new["company_id"] = row.company_id
    journal.change(rival, new)
    # The survivor may have been one of them, and does not stand above themselves.
    children = Association.objects.filter(parent_id=row.pk).exclude(pk=rival.pk)
    journal.change_all(children, {"parent_id": rival.pk})
    journal.change(row, {"parent_id": None})


def _goes(step: Step) -> bool:
    """Whether an undo takes the place from the survivor, or gives it a lower role."""
    return bool({"customer_id", "role_id"} & (step.before or {}).keys())


def _holder(step: Step) -> int | None:
    left = step.left or {}
    return left.get("customer_id")
