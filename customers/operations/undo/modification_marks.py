"""By whom and when customers and profiles were last changed: an undo is no change of its own."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from crm.kernel.bulk import bulk_update
from crm.kernel.transactions import within_unit_of_work
from customers.models import Customer, Profile

# Actor and time, as JSON, and those of each profile by its id.
Mark = dict[str, Any]


def load_marks(customer_ids: Collection[int]) -> dict[int, Mark]:
    """Return the marks of these customers and their profiles; two queries, or none."""
    if not customer_ids:
        return {}
    marks: dict[int, Mark] = {
        pk: {"by": actor_id, "at": moment.isoformat(), "profiles": {}}
        for pk, actor_id, moment in Customer.objects.filter(pk__in=customer_ids).values_list(
            "id", "modified_by_id", "modified_at"
        )
    }
    for pk, customer_id, actor_id, moment in Profile.objects.filter(
        customer_id__in=customer_ids
    ).values_list("id", "customer_id", "modified_by_id", "modified_at"):
        marks[customer_id]["profiles"][str(pk)] = [actor_id, moment.isoformat()]
    return marks


@within_unit_of_work
def restore_marks(*, marks: Iterable[tuple[int, Mark]], current: Mapping[int, Mark]) -> None:
    """Put the marks from before an import back, where nobody has changed the row since.

    Each mark has ``until``: what the import wrote itself. ``current`` are the marks as they were
    just before the undo began to write; where somebody else was there, these are kept.
    """
    customers: list[tuple[Any, ...]] = []
    profiles: list[tuple[Any, ...]] = []
    for customer_id, mark in marks:
        now = current.get(customer_id)
        if now is None:
            continue
        kept = mark if now["at"] == mark["until"] else now
        customers.append((customer_id, kept["by"], datetime.fromisoformat(kept["at"])))
        for pk, then in mark["profiles"].items():
            if pk in now["profiles"]:
                is_own = now["profiles"][pk][1] == mark["until"]
                actor_id, moment = then if is_own else now["profiles"][pk]
                profiles.append((int(pk), actor_id, datetime.fromisoformat(moment)))
    bulk_update(Customer, ("modified_by_id", "modified_at"), customers)
    bulk_update(Profile, ("modified_by_id", "modified_at"), profiles)
