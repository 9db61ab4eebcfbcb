"""Recording interactions of customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.errors import InteractionReferenceTaken
from customers.models import Interaction
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import get_active_customer
from customers.rules.interactions import FIELD_NAMES, NewInteraction, clean_interaction

COLUMNS = ("id", "org_id", *FIELD_NAMES, "recorded_by_id", "recorded_at")


@dataclass(slots=True)
class InteractionResult:
    """The result for one interaction.

    ``is_repeat`` is set if it was recorded before with the same reference. Without a refusal,
    ``interaction_id`` is the key of the row.
    """

    interaction_id: int = 0
    is_repeat: bool = False
    refusal: DomainError | None = None


@within_unit_of_work
def record_interactions(
    *, origin: Origin, interactions: Sequence[NewInteraction]
) -> list[InteractionResult]:
    """Record a list of interactions and return one result for each, in order.

    An interaction with a reference is recorded once in the organization. Each one is refused
    separately: InteractionInvalid, InteractionReferenceTaken (another interaction has the
    reference), CustomerUnknown, or CustomerMerged.
    """
    customers = lock_customers({interaction.customer_id for interaction in interactions})
    ready: list[tuple[InteractionResult, NewInteraction]] = []
    outcomes = []
    for interaction in interactions:
        outcome = InteractionResult()
        outcomes.append(outcome)
        try:
            get_active_customer(origin, customers, interaction.customer_id)
            ready.append((outcome, clean_interaction(interaction, origin.at)))
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
    _write_interactions(origin, ready)
    return outcomes


def _write_interactions(
    origin: Origin, ready: Sequence[tuple[InteractionResult, NewInteraction]]
) -> None:
    ids = iter(take_ids(Interaction, len(ready)))
    rows: list[tuple[Any, ...]] = []
    for outcome, clean in ready:
        outcome.interaction_id = next(ids)
        values = (getattr(clean, name) for name in FIELD_NAMES)
        rows.append((outcome.interaction_id, origin.org.pk, *values, origin.actor_id, origin.at))
    # Sorted by reference, so that concurrent units wait in one direction.
    reference = COLUMNS.index("reference")
    written = insert_unless_taken(
        Interaction, COLUMNS, sorted(rows, key=lambda row: (row[reference], row[0]))
    )
    new = [(outcome, clean) for outcome, clean in ready if outcome.interaction_id in written]
    refused = [
        (outcome, clean) for outcome, clean in ready if outcome.interaction_id not in written
    ]
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
    _resolve_taken_references(origin.org.pk, refused)


@within_unit_of_work
def remove_interactions(*, origin: Origin, interaction_ids: Sequence[int]) -> None:
    """Remove interactions that an import had recorded; the audit log keeps that they were."""
    rows = Interaction.objects.filter(pk__in=interaction_ids, org_id=origin.org.pk)
    customers = dict(rows.order_by("pk").values_list("pk", "customer_id"))
    rows.delete()
    record_events(
        origin=origin,
        events=[
            NewEvent("interaction.removed", "interaction", pk, before={"customer": customer_id})
            for pk, customer_id in customers.items()
        ],
    )


def _resolve_taken_references(
    org_id: int, refused: Sequence[tuple[InteractionResult, NewInteraction]]
) -> None:
    """Mark repeats, and refuse other interactions with a taken reference; one query at most."""
    if not refused:
        return
    known = {
        values["reference"]: (pk, NewInteraction(**values))
        for row in Interaction.objects.filter(
            org_id=org_id, reference__in={clean.reference for _, clean in refused}
        ).values("id", *FIELD_NAMES)
        for pk, values in [(row.pop("id"), row)]
    }
    for outcome, clean in refused:
        outcome.interaction_id, before = known[clean.reference]
        if before == clean:
            outcome.is_repeat = True
        else:
            outcome.interaction_id = 0
            outcome.refusal = InteractionReferenceTaken()
