"""Query plans: no request scans a growing table (PostgreSQL)."""

import re

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.change_identifiers import change_identifiers
from customers.operations.customers.register import register_customer
from customers.operations.customers.update import update_customer
from customers.operations.status_labels import label_customer
from customers.operations.subscriptions.change import SubscriptionChangeIn, subscribe
from customers.queries.customers.details import get_details
from customers.queries.customers.search import find_customers
from customers.rules.customer_update import CustomerChange
from customers.rules.identifier_change import IdentityChange
from customers.rules.identifiers import Channel
from customers.rules.registration import ProfileEntry, Registration
from tests.builders import (
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_origin,
    make_status_label,
)
from tests.races.plans import explain_call

pytestmark = [pytest.mark.races, pytest.mark.django_db]

GROWING = {
    f"customers_{name}"
    for name in (
        "customer",
        "profile",
        "identifier",
        "profileidentifier",
        "channel",
        "searchkey",
        "subscription",
        "subscriptionchange",
        "statuschange",
    )
} | {"audit_event"}
SCANNED = re.compile(r"Seq Scan on (\w+)")


def list_scans(call):
    """Return the growing tables that ``call`` would scan if they were large."""
    return {
        (name, sql)
        for sql, plan in explain_call(call)
        for name in SCANNED.findall(plan)
        if name in GROWING
    }


def wechat():
    return get_or_make_source_account("WECHAT", "22232")


def as_unit(operation, **arguments):
    return lambda: unit_of_work(operation)(origin=make_origin(), **arguments)


def registering(customer):
    return as_unit(
        register_customer,
        registration=Registration(
            profiles=[
                ProfileEntry(
                    source_account_id=wechat().pk,
                    identifiers=customer.identifiers.values_list("type", "value"),
                )
            ]
        ),
    )


def updating(customer):
    return as_unit(
        update_customer,
        change=CustomerChange(
            customer_id=customer.pk,
            loyalty_type="LOYALTY",
            profiles=[
                ProfileEntry(
                    source_account_id=get_or_make_source_account().pk,
                    first_name="Anita",
                    identifiers=[("cuid", "c")],
                    channels=[Channel(type="line", value="l", is_primary=True)],
                )
            ],
        ),
    )


def identifying(customer):
    return as_unit(
        change_identifiers,
        change=IdentityChange(
            customer_id=customer.pk,
            source_account_id=get_or_make_source_account().pk,
            add=[("cuid", "new")],
            remove=customer.identifiers.values_list("type", "value"),
        ),
    )


def merging(customer):
    make_customer(source_account=wechat(), identifiers=[("cuid", "theirs")])
    return as_unit(
        change_identifiers,
        change=IdentityChange(
            customer_id=customer.pk,
            source_account_id=get_or_make_source_account().pk,
            add=[("cuid", "theirs")],
        ),
    )


def labelling(customer):
    make_status_label("Suspended", status="SUSPENDED")
    return as_unit(label_customer, customer_id=customer.pk, label="Suspended", reason="Asked")


def subscribing(customer):
    request = SubscriptionChangeIn(channel="SMS", priority="BULK", status="OPTOUT")
    return as_unit(subscribe, customer_id=customer.pk, changes=[request])


def reading(customer):
    return lambda: get_details(
        org_id=get_or_make_organization().pk, customer_id=customer.pk, with_subscriptions=True
    )


def searching(customer):
    return lambda: find_customers(org_id=customer.org_id, text="a", limit=10)


@pytest.mark.parametrize(
    "prepare",
    [
        registering,
        updating,
        identifying,
        merging,
        labelling,
        subscribing,
        reading,
        searching,
    ],
    ids=lambda prepare: prepare.__name__,
)
def test_reads_no_growing_table_whole(prepare):
    call = prepare(make_customer(channels=[("email", "a@example.com")]))

    assert list_scans(call) == set()
