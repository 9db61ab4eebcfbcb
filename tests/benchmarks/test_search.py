"""Searching among a million beside searching among ten thousand."""

import os

import pytest
from django.db import transaction

from customers.queries.search import find_customers
from tests.benchmarks.clocks import p50, p95, take_turns, told
from tests.benchmarks.population import populate, settle

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
MANY = int(os.environ.get("BENCHMARK_CUSTOMERS", "1000000"))
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
        few, _ = populate(10_000)
    with transaction.atomic():
        many, _ = populate(MANY)
    settle()

    for name, prefix in PREFIXES.items():
        seconds = take_turns(
            {
                f"{name}, {10_000:,}": lambda p=prefix: find_customers(
                    org_id=few.pk, text=p, limit=10
                ),
                f"{name}, {MANY:,}": lambda p=prefix: find_customers(
                    org_id=many.pk, text=p, limit=10
                ),
            },
            rounds=200,
        )
        print(told(seconds))
        among_few, among_many = seconds.values()
        assert p50(among_many) <= 1.5 * p50(among_few), name
    # Any agent's search, as it comes.
    seconds = take_turns(
        {
            f"all of these, organization {org.pk}": lambda org=org: [
                find_customers(org_id=org.pk, text=prefix, limit=10) for prefix in PREFIXES.values()
            ]
            for org in (few, many)
        },
        rounds=100,
    )
    print(told(seconds))
    among_few, among_many = seconds.values()
    assert p95(among_many) <= 1.5 * p95(among_few)
