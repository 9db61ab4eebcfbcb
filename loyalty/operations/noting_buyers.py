"""Noting whose first purchase is somebody else's merit, for the worker to credit it."""

from collections.abc import Sequence
from datetime import datetime

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty.models import Effect
from loyalty.operations.crediting_referrals import TRANSACTION, find_who_brought
from loyalty.operations.effects import record_effects
from loyalty.queries.referral_campaigns import get_campaigns
from loyalty.rules.effects import EffectOrder
from loyalty.rules.transactions import Sale


@within_unit_of_work
def note_buyers(*, origin: Origin, sales: Sequence[Sale]) -> None:
    """Write an effect for each buyer who was brought by somebody; one query without any.

    It is due at once, and the worker runs it: those who brought them are not locked, and a till
    with many customers does not wait for them.
    """
    if not get_campaigns(origin.org.pk):
        return
    came_at: dict[int, datetime] = {}
    for sale in sales:
        if sale.customer_id is not None:
            at = sale.billed_at or origin.at
            came_at[sale.customer_id] = min(at, came_at.get(sale.customer_id, at))
    brought = find_who_brought(origin=origin, event=TRANSACTION, came_at=came_at)
    record_effects(
        origin=origin,
        orders=[
            EffectOrder(
                customer_id=customer_id,
                kind=Effect.Kind.PURCHASE,
                brought_by=by,
                due_at=origin.at,
            )
            for customer_id, by in sorted(brought.items())
        ],
    )
