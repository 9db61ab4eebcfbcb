"""Record first purchases of referred customers, so that the worker credits the referrers."""

from collections.abc import Sequence
from datetime import datetime

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty.models import Effect
from loyalty.operations.effects import record_effects
from loyalty.operations.referrals.credit import TRANSACTION, find_referrers
from loyalty.queries.referrals.campaigns import get_campaigns
from loyalty.rules.effects import EffectRequest
from loyalty.rules.transactions import Sale


@within_unit_of_work
def record_referred_purchases(*, origin: Origin, sales: Sequence[Sale]) -> None:
    """Record an effect for each buyer who was referred; one query if there is none.

    The effects are due at once and run by the worker. So the referrers are not locked here, and a
    till does not wait for them.
    """
    if not get_campaigns(origin.org.pk):
        return
    first_purchase_at: dict[int, datetime] = {}
    for sale in sales:
        if sale.customer_id is not None:
            moment = sale.billed_at or origin.at
            first_purchase_at[sale.customer_id] = min(
                moment, first_purchase_at.get(sale.customer_id, moment)
            )
    referrers_by_customer = find_referrers(
        origin=origin, event=TRANSACTION, joined_at=first_purchase_at
    )
    record_effects(
        origin=origin,
        requests=[
            EffectRequest(
                customer_id=customer_id,
                kind=Effect.Kind.PURCHASE,
                referrers=referrers,
                due_at=origin.at,
            )
            for customer_id, referrers in sorted(referrers_by_customer.items())
        ],
    )
