"""Search among a million customers, compared with ten thousand."""

import os

import pytest
from django.db import transaction

from customers.queries.customers.search import find_customers
from tests.benchmarks.clocks import format_times, p50, p95, take_turns
from tests.benchmarks.population import create_town, vacuum

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
MANY_CUSTOMERS = int(os.environ.get("BENCHMARK_CUSTOMERS", "1000000"))
PREFIXES = {
    "one letter": "t",
    "three letters, common": "tom",
    "five letters, common": "anita",
    "full name": "anita sh",
    "eight, rare": "person12",
    "a mobile's beginning": "91700",
    "one identifier": "person777@example.com",
    "nobody": "zzzzz",
}


def test_takes_at_most_half_as_long_again_among_a_million():
    with transaction.atomic():
        few, _ = create_town(10_000)
    with transaction.atomic():
        many, _ = create_town(MANY_CUSTOMERS)
    vacuum()

    for name, prefix in PREFIXES.items():
        seconds = take_turns(
            {
                f"{name}, {10_000:,}": lambda p=prefix: find_customers(
                    org_id=few.pk, text=p, limit=10
                ),
                f"{name}, {MANY_CUSTOMERS:,}": lambda p=prefix: find_customers(
                    org_id=many.pk, text=p, limit=10
                ),
            },
            rounds=200,
        )
        print(format_times(seconds))
        among_few, among_many = seconds.values()
        assert p50(among_many) <= 1.5 * p50(among_few), name
    # A mix of searches.
    seconds = take_turns(
        {
            f"all of these, organization {org.pk}": lambda org=org: [
                find_customers(org_id=org.pk, text=prefix, limit=10) for prefix in PREFIXES.values()
            ]
            for org in (few, many)
        },
        rounds=100,
    )
    print(format_times(seconds))
    among_few, among_many = seconds.values()
    assert p95(among_many) <= 1.5 * p95(among_few)
