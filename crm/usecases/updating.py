"""Updating somebody, and what loyalty does for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.usecases.registering import LOYALTY, order_of
from customers.operations.updating import Updated, update_customer
from customers.rules.updating import CustomerChange
from loyalty.models import Effect
from loyalty.operations.effects import record_effects
from loyalty.rules.effects import EffectOrder
from loyalty.rules.enrolling import Joining


@dataclass(frozen=True, slots=True)
class UpdatedPerson:
    """What was changed, and the effect that loyalty has to run, if any."""

    updated: Updated
    effect_id: int | None


@within_unit_of_work
def update_person(
    *,
    origin: Origin,
    change: CustomerChange,
    joinings: Sequence[Joining] = (),
    effects_due_at: datetime | None = None,
) -> UpdatedPerson:
    """Update one customer; who becomes a loyalty customer by it joins the default program.

    Nobody earns a registration bonus by an update. Raises what ``update_customer`` refuses.
    """
    updated = update_customer(origin=origin, change=change)
    order = order_of_update(updated, origin=origin, joinings=joinings, due_at=effects_due_at)
    effect_id = record_effects(origin=origin, orders=[order])[0] if order else None
    return UpdatedPerson(updated, effect_id)


def order_of_update(
    updated: Updated,
    *,
    origin: Origin,
    joinings: Sequence[Joining] = (),
    due_at: datetime | None = None,
) -> EffectOrder | None:
    """What loyalty has to do after an update; None when that is nothing."""
    return order_of(
        origin=origin,
        customer_id=updated.customer_id,
        kind=Effect.Kind.UPDATE,
        loyalty_type=LOYALTY if updated.after.get("loyalty_type") == LOYALTY else None,
        joinings=joinings,
        due_at=due_at,
    )
