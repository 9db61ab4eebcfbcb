"""Registering somebody together with what they agreed to receive."""

from collections.abc import Sequence

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.registering import Registered, register_customer
from customers.operations.subscribing import SubscriptionChangeIn, subscribe
from customers.rules.registration import Registration

REASON = "Said on registration"


@within_unit_of_work
def register_person(
    *, origin: Origin, registration: Registration, consents: Sequence[SubscriptionChangeIn]
) -> Registered:
    """Register one person and keep their consent, both or neither.

    Raises what ``register_customer`` and ``subscribe`` raise.
    """
    done = register_customer(origin=origin, registration=registration)
    if consents and done.customer_id is not None:
        subscribe(origin=origin, customer_id=done.customer_id, changes=consents, reason=REASON)
    return done
