"""HTTP answers, compared with the floor: a bare WSGI server with one SQL statement."""

import os
from statistics import median

import pytest
from django.conf import global_settings

from crm.kernel.transactions import unit_of_work
from customers.models import Customer, Identifier, Subscription
from customers.operations.customers.register import register_customers
from customers.rules.identifiers import Channel
from customers.rules.registration import ProfileEntry, Registration
from tests.benchmarks.population import vacuum
from tests.benchmarks.racing import authorization, race, report, serve_with_floor
from tests.benchmarks.serving import Server, Tills
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_credential,
    make_field,
    make_origin,
    make_till,
)

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
CUSTOMERS = int(os.environ.get("BENCHMARK_TOWN", "10000"))
MANY_TILLS = 8
# Our rate divided by that of the floor, for one till and for many: the goals, and the minimums that
# must hold. A minimum is raised to its goal when the goal is reached.
GOALS = {"details": 0.25, "lookup": 0.4, "register": 0.15}
MINIMUMS = {"details": 0.15, "lookup": 0.2, "register": 0.05}


@pytest.fixture
def town(settings):
    """Customers registered by the rules, and the credential of a till with all scopes."""
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    till = make_till()
    credential = make_credential(till)
    accounts = [get_or_make_source_account(), get_or_make_source_account("WECHAT", "22232")]
    make_field("city")
    origin = make_origin(actor=till)
    for first in range(0, CUSTOMERS, 2_000):
        unit_of_work(register_customers)(
            origin=origin,
            registrations=[
                _build_registration(number, *accounts)
                for number in range(first, min(first + 2_000, CUSTOMERS))
            ],
        )
    Subscription.objects.bulk_create(
        Subscription(
            customer_id=customer_id,
            source_account=accounts[0],
            channel="SMS",
            priority=priority,
            status="OPTIN",
            changed_at=NOON,
        )
        for customer_id in Customer.objects.values_list("pk", flat=True)
        for priority in ("BULK", "TRANS")
    )
    vacuum()
    return credential


def _build_registration(number, instore, wechat):
    mobile, email = ("mobile", f"919{number:09}"), ("email", f"c{number}@example.com")
    wechat_id = ("wechat", f"w{number}")
    return Registration(
        profiles=[
            ProfileEntry(
                source_account_id=instore.pk,
                first_name=f"Name{number}",
                last_name="Rao",
                identifiers=[mobile, email, ("externalId", f"E{number}")],
                channels=[
                    _build_channel(mobile, is_primary=True, meta={"residence": True}),
                    _build_channel(email),
                ],
            ),
            ProfileEntry(
                source_account_id=wechat.pk,
                first_name=f"Name{number}",
                last_name="Rao",
                identifiers=[mobile, wechat_id],
                channels=[_build_channel(wechat_id)],
            ),
        ],
        extended_fields={"city": "Pune"},
    )


def _build_channel(key, **fields):
    return Channel(type=key[0], value=key[1], **fields)


@pytest.fixture
def servers(town, tmp_path):
    """Our server with production settings, and the floor, on the same database."""
    with serve_with_floor(town, tmp_path) as both:
        yield both


@pytest.fixture
def tills(town):
    till_pool = Tills(
        MANY_TILLS,
        {
            "authorization": authorization(town),
            "ids": list(Customer.objects.values_list("pk", flat=True)[:9_000]),
            "mobiles": list(
                Identifier.objects.filter(type="mobile").values_list("value", flat=True)[:9_000]
            ),
            "prefixes": [f"name{number}" for number in range(100, 1_000)],
        },
    )
    yield till_pool
    till_pool.stop()


def test_keeps_its_ratio_to_the_floor(servers: dict[str, Server], tills: Tills):
    shortfalls = []
    print()
    for operation in ("details", "lookup", "search", "register"):
        rates = {}
        for count in (1, MANY_TILLS):
            paces = race(servers, tills, operation, count)
            ratio = report(operation, count, paces, GOALS.get(operation))
            rates[count] = median(paces["ours"].rates)
            if ratio < MINIMUMS.get(operation, 0):
                shortfalls.append(
                    f"{operation}, {count} at once: {ratio:.2f} of {MINIMUMS[operation]}"
                )
        print(f"{operation:<9} {MANY_TILLS} at once   {rates[MANY_TILLS] / rates[1]:.2f} times one")
    assert not shortfalls
