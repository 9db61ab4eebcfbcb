"""Writing down what happened between customers and networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.interaction_errors import InteractionReferenceTaken
from customers.models import Customer, Interaction
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.by_identifier import LARGEST_ID
from customers.rules.interactions import TOLD, NewInteraction, clean_interaction

COLUMNS = ("id", "org_id", *TOLD, "recorded_by_id", "recorded_at")


@dataclass(slots=True)
class Recorded:
    """What became of one; ``is_repeat``: it was written down before, under its reference.

    Without a refusal ``interaction_id`` is the row's key.
    """

    interaction_id: int = 0
    is_repeat: bool = False
    refusal: DomainError | None = None


@within_unit_of_work
def record_interactions(
    *, origin: Origin, interactions: Sequence[NewInteraction]
) -> list[Recorded]:
    """Write down a list of interactions; one outcome for each, in order.

    What has a reference counts once in the organization, however often it is told. Each is
    refused by itself: InteractionInvalid, InteractionReferenceTaken (the reference stands for
    something else), CustomerUnknown, or CustomerMerged.
    """
    people = lock_customers(
        {one.customer_id for one in interactions if 0 < one.customer_id <= LARGEST_ID}
    )
    ready: list[tuple[Recorded, NewInteraction]] = []
    outcomes = []
    for given in interactions:
        outcome = Recorded()
        outcomes.append(outcome)
        try:
            _check_standing(origin, people, given.customer_id)
            ready.append((outcome, clean_interaction(given, origin.at)))
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
    _write(origin, ready)
    return outcomes


def _check_standing(origin: Origin, people: Mapping[int, Customer], customer_id: int) -> None:
    customer = people.get(customer_id)
    if customer is None or customer.org_id != origin.org.pk:
        raise errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise errors.CustomerMerged(survivor_id=customer.merged_into_id)


def _write(origin: Origin, ready: Sequence[tuple[Recorded, NewInteraction]]) -> None:
    ids = iter(take_ids(Interaction, len(ready)))
    rows: list[tuple[Any, ...]] = []
    for outcome, clean in ready:
        outcome.interaction_id = next(ids)
        told = (getattr(clean, name) for name in TOLD)
        rows.append((outcome.interaction_id, origin.org.pk, *told, origin.actor_id, origin.at))
    # By the reference, which others may be writing too, so that all wait in one direction.
    reference = COLUMNS.index("reference")
    written = insert_unless_taken(
        Interaction, COLUMNS, sorted(rows, key=lambda row: (row[reference], row[0]))
    )
    new = [(outcome, clean) for outcome, clean in ready if outcome.interaction_id in written]
    lost = [(outcome, clean) for outcome, clean in ready if outcome.interaction_id not in written]
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "interaction.recorded",
                "interaction",
                outcome.interaction_id,
                after={
                    "customer": clean.customer_id,
                    "network": clean.network,
                    "type": clean.type,
                },
            )
            for outcome, clean in new
        ],
    )
    _recognise(origin.org.pk, lost)


def _recognise(org_id: int, lost: Sequence[tuple[Recorded, NewInteraction]]) -> None:
    """Tell repetitions from other things under the same reference; one query, or none."""
    if not lost:
        return
    known = {
        told["reference"]: (pk, NewInteraction(**told))
        for row in Interaction.objects.filter(
            org_id=org_id, reference__in={clean.reference for _, clean in lost}
        ).values("id", *TOLD)
        for pk, told in [(row.pop("id"), row)]
    }
    for outcome, clean in lost:
        outcome.interaction_id, before = known[clean.reference]
        if before == clean:
            outcome.is_repeat = True
        else:
            outcome.interaction_id = 0
            outcome.refusal = InteractionReferenceTaken()
