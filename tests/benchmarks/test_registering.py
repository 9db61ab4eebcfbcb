"""Registering thousands, with every rule, beside writing the same rows with none."""

from itertools import count

import pytest

from crm.kernel.transactions import unit_of_work
from customers.operations.registering import register_customers
from customers.rules.registration import Channel as ChannelEntry
from customers.rules.registration import ProfileEntry, Registration
from tests.benchmarks.clocks import p50, take_turns, told
from tests.benchmarks.floors import by_bare_sql, by_bulk_create
from tests.builders import make_origin, the_source_account

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
CHUNK = 2_000
_numbers = count(1)


def people():
    """So many people that nobody has seen before."""
    for _ in range(CHUNK):
        n = next(_numbers)
        yield f"First{n % 5000}", f"Last{n % 7000}", f"91{7000000000 + n}", f"p{n}@example.com", n


def test_is_faster_than_bulk_create_and_half_as_fast_as_bare_sql():
    origin, account = make_origin(door="IMPORT"), the_source_account()
    seconds = take_turns(
        {
            "all rules": lambda: _by_the_rules(origin, account),
            "bulk_create per table, no rules": lambda: by_bulk_create(origin, account, people()),
            "staged COPY, INSERT ... SELECT": lambda: by_bare_sql(origin, account, people()),
        },
        rounds=12,
    )
    print()
    print(told(seconds))
    rates = {name: CHUNK / p50(times) for name, times in seconds.items()}
    print({name: round(rate) for name, rate in rates.items()})
    ours, theirs, limit = rates.values()
    assert ours >= 1.2 * theirs
    print(f"{ours / limit:.2f} of the practical limit")


def _by_the_rules(origin, account):
    outcomes = unit_of_work(register_customers)(
        origin=origin,
        registrations=[
            Registration(
                profiles=[
                    ProfileEntry(
                        source_account_id=account.pk,
                        first_name=first,
                        last_name=last,
                        identifiers=[
                            ("mobile", mobile),
                            ("email", email),
                            ("externalId", f"x{n}"),
                        ],
                        channels=[
                            ChannelEntry(type="mobile", value=mobile, is_primary=True),
                            ChannelEntry(type="email", value=email, is_primary=True),
                        ],
                    )
                ]
            )
            for first, last, mobile, email, n in people()
        ],
    )
    assert all(outcome.is_new for outcome in outcomes)
