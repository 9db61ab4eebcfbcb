"""Customers of the reference's samples, under the ids that it prints."""

from collections.abc import Mapping
from typing import Any

from crm.demo.data_files import read_data
from crm.demo.ids import continue_after
from crm.demo.organization import DemoOrganization
from crm.kernel.transactions import within_unit_of_work
from customers.models import Customer
from customers.operations.customers.register import register_customer
from customers.operations.customers.update import update_customer
from customers.operations.status_labels import label_customer
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from customers.rules.customer_update import CustomerChange
from customers.rules.identifiers import Channel
from customers.rules.registration import ProfileEntry, Registration


@within_unit_of_work
def register_documented_customers(demo: DemoOrganization) -> int:
    """Register the customers of an organization; return how many they are."""
    rows = read_data("customers")[demo.org.code]
    for row in rows:
        continue_after(Customer, row["id"] - 1)
        register_customer(
            origin=demo.origin(row["till"], row["joined"]),
            registration=make_registration(demo, row),
        )
    return len(rows)


@within_unit_of_work
def update_documented_customers(demo: DemoOrganization) -> None:
    """Write what changed later on: profiles, then consents, then status labels."""
    changes = read_data("customer_changes")
    for row in changes["profiles"]:
        profile = ProfileEntry(
            source_account_id=demo.account_ids[row["source_account"]], fields=row["fields"]
        )
        update_customer(
            origin=demo.origin(row["till"], row["at"]),
            change=CustomerChange(customer_id=row["customer_id"], profiles=[profile]),
        )
    for row in changes["consents"]:
        subscribe(
            origin=demo.origin(row["till"], row["at"]),
            customer_id=row["customer_id"],
            changes=[SubscriptionChangeIn(**change) for change in row["changes"]],
            reason=row["reason"],
        )
    for row in changes["status_labels"]:
        label_customer(origin=demo.origin(row.pop("till"), row.pop("at")), **row)


def make_registration(demo: DemoOrganization, row: Mapping[str, Any]) -> Registration:
    """Return the registration of a customer who is written as in ``data/customers.json``."""
    till = row.get("associated_with")
    return Registration(
        profiles=[
            ProfileEntry(
                source_account_id=demo.account_ids[profile["source_account"]],
                first_name=row["first_name"],
                last_name=row["last_name"],
                fields=profile.get("fields", {}),
                identifiers=list(profile["identifiers"].items()),
                channels=[
                    Channel(is_primary=True, **channel) for channel in profile.get("channels", ())
                ],
            )
            for profile in row["profiles"]
        ],
        loyalty_type=row.get("loyalty_type", "LOYALTY"),
        extended_fields=row.get("extended_fields", {}),
        registered_at=demo.moment(row["joined"]),
        associated_with_id=demo.entity_ids[till] if till else None,
    )
