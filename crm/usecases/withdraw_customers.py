"""Take back customers, profiles and memberships that only an import had made."""

from collections.abc import Collection, Mapping
from datetime import datetime

from crm.audit.touches import find_touches
from crm.kernel.staff_texts import StaffText
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from customers.operations.undo.newcomers import find_link_obstacles, remove_customers
from loyalty.operations.undo.holdings import (
    find_holding_obstacles,
    remove_effects,
    take_back_holdings,
)

# Links that are taken back with what loyalty gave, or checked with it.
_HOLDING_LINKS = {
    "loyalty.Card.customer",
    "loyalty.Coupon.customer",
    "loyalty.Effect.customer",
    "loyalty.Enrollment.customer",
}
# What an import gave to a customer: ids by name.
Given = Mapping[str, list[int]]


@within_unit_of_work
def withdraw_customers(
    *,
    origin: Origin,
    newcomers: Mapping[int, Given],
    since: datetime,
    ignored_requests: Collection[str],
) -> dict[int, StaffText]:
    """Remove customers whom nobody has touched, with what they were given; return why not.

    A customer stays when anybody but ``ignored_requests`` wrote something about them, or when
    anything else has come to point at them: "customers are never deleted" holds for everybody who
    was ever served (decision 0019).
    """
    lock_customers(newcomers.keys())
    obstacles = {
        **find_link_obstacles(newcomers.keys(), ignored=_HOLDING_LINKS),
        **find_holding_obstacles(newcomers),
        **find_touches(
            origin=origin,
            subject_type="customer",
            subject_ids=newcomers.keys(),
            since=since,
            ignored_requests=ignored_requests,
        ),
    }
    removable = {pk: holdings for pk, holdings in newcomers.items() if pk not in obstacles}
    take_back_holdings(origin=origin, holdings=removable)
    remove_effects(customer_ids=removable.keys())
    remove_customers(origin=origin, customer_ids=list(removable))
    return obstacles
