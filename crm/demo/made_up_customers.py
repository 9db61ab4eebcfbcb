"""Two thousand made-up customers, who join within the two years before the demo is filled."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from crm.demo.customers import make_registration
from crm.demo.data_files import Row, read_data
from crm.demo.ids import continue_after
from crm.demo.organization import DemoOrganization, raise_refusals
from crm.kernel.transactions import within_unit_of_work
from crm.usecases.change_identifiers import change_identifiers
from customers.models import Customer
from customers.operations.customers.register import register_customers
from customers.operations.status_labels import label_customer
from customers.operations.subscriptions.change import (
    SubscriptionChangeIn,
    SubscriptionRequest,
    subscribe_customers,
)
from customers.rules.identifier_change import IdentityChange

FIRST_ID = 500_000_001
LABEL_TILL = "demo.till"
# Whose service data reaches back so far at most.
RECENT = timedelta(days=60)

# Rows of ``data/made_up_customers.json`` by number, with the customer's ``id``.
MadeUpCustomers = Mapping[int, Row]


@within_unit_of_work
def register_made_up_customers(demo: DemoOrganization) -> MadeUpCustomers:
    """Register the customers month by month and till by till, then merge some.

    Their ids begin at 500,000,001, and customers who register later have higher ones.
    """
    continue_after(Customer, FIRST_ID - 1)
    rows: list[Row] = read_data("made_up_customers")
    for row in rows:
        row["joined"] = _joined(demo, **row["joined"])
    rows.sort(key=lambda row: (row["joined"], row["number"]))
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[f"{row['joined']:%Y-%m}", row["till"]].append(row)
    for key in sorted(groups):
        _register(demo, groups[key])
    customers = {row["number"]: row for row in rows}
    for row in rows:
        if "duplicate_of" in row:
            _merge(demo, row, original=customers[row["duplicate_of"]])
    return customers


@within_unit_of_work
def label_made_up_customers(demo: DemoOrganization, customers: MadeUpCustomers) -> None:
    """Set the status labels of some customers; from then on these block what they did before."""
    for row in sorted(customers.values(), key=lambda row: (row["joined"], row["number"])):
        if "status_label" in row:
            _label(demo, row)


def recent_moment(demo: DemoOrganization, customer: Row, share_ago: float) -> datetime:
    """Return a moment of the last two months, or since the customer joined.

    A share of 0 is the moment of filling, 1 the earliest moment.
    """
    since = max(customer["joined"], demo.now - RECENT)
    return demo.now - (demo.now - since) * share_ago


def _joined(
    demo: DemoOrganization, *, days_ago: int, time: str, weekend: int | None = None
) -> datetime:
    """Return the moment of joining; with ``weekend``, 1 or 2 days before the Monday."""
    day = demo.now.astimezone(demo.org.zone).date() - timedelta(days=days_ago)
    if weekend and day.weekday() < 5:
        day -= timedelta(days=day.weekday() + weekend)
    joined = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=demo.org.zone)
    return joined if joined < demo.now else joined - timedelta(days=1)


def _register(demo: DemoOrganization, group: Sequence[Row]) -> None:
    origin = demo.origin(group[0]["till"], group[-1]["joined"])
    registrations = [make_registration(demo, row) for row in group]
    outcomes = register_customers(origin=origin, registrations=registrations)
    raise_refusals(outcomes)
    for row, outcome in zip(group, outcomes, strict=True):
        row["id"] = outcome.customer_id
    requests = [
        SubscriptionRequest(
            customer_id=row["id"],
            changes=[SubscriptionChangeIn(**consent) for consent in row["consents"]],
            reason="Said so when joining",
        )
        for row in group
        if "consents" in row
    ]
    raise_refusals(subscribe_customers(origin=origin, requests=requests))


def _label(demo: DemoOrganization, row: Row) -> None:
    label = row["status_label"]
    at = row["joined"] + timedelta(days=label["days_after_joining"])
    label_customer(
        origin=demo.origin(LABEL_TILL, min(at, demo.now)),
        customer_id=row["id"],
        label=label["label"],
        reason=label["reason"],
    )


def _merge(demo: DemoOrganization, row: Row, *, original: Row) -> None:
    """Add the mobile of the original to the duplicate, which merges the two."""
    at = min(row["joined"] + timedelta(days=9), demo.now)
    mobile = original["profiles"][0]["identifiers"]["mobile"]
    change = IdentityChange(
        customer_id=row["id"],
        source_account_id=demo.account_ids[row["profiles"][0]["source_account"]],
        add=[("mobile", mobile)],
    )
    change_identifiers(origin=demo.origin(row["till"], at), change=change)
