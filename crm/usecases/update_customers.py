"""Update customers and record the loyalty effects of the update."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from crm.usecases.register_customers import LOYALTY, build_effect_order
from customers.operations.customers.update import CustomerUpdateResult, update_customer
from customers.rules.customer_update import CustomerChange
from loyalty.models import Effect
from loyalty.operations.effects import record_effects
from loyalty.queries.programs import has_default_program
from loyalty.rules.effects import EffectRequest
from loyalty.rules.enrollments import EnrollmentRequest


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """The update, and the loyalty effect still to run, if any."""

    updated: CustomerUpdateResult
    effect_id: int | None


@within_unit_of_work
def update_with_effects(
    *,
    origin: Origin,
    change: CustomerChange,
    joinings: Sequence[EnrollmentRequest] = (),
    effects_due_at: datetime | None = None,
) -> UpdateResult:
    """Update one customer; one who becomes a loyalty customer is enrolled in the default program.

    An update earns no registration bonus. Raises whatever ``update_customer`` raises.
    """
    updated = update_customer(origin=origin, change=change)
    order = build_update_effect_order(
        updated, origin=origin, joinings=joinings, due_at=effects_due_at
    )
    effect_id = record_effects(origin=origin, requests=[order])[0] if order else None
    return UpdateResult(updated, effect_id)


def build_update_effect_order(
    updated: CustomerUpdateResult,
    *,
    origin: Origin,
    joinings: Sequence[EnrollmentRequest] = (),
    due_at: datetime | None = None,
) -> EffectRequest | None:
    """Build the loyalty effect of an update; None when there is nothing to do."""
    return build_effect_order(
        customer_id=updated.customer_id,
        kind=Effect.Kind.UPDATE,
        joins_default=(
            updated.after.get("loyalty_type") == LOYALTY and has_default_program(origin.org.pk)
        ),
        joinings=joinings,
        due_at=due_at,
    )
