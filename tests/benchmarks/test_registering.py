"""Registration of thousands with all rules, compared with writing the same rows without rules."""

from itertools import count

import pytest

from crm.kernel.transactions import unit_of_work
from customers.operations.customers.register import register_customers
from customers.rules.identifiers import Channel as ChannelEntry
from customers.rules.registration import ProfileEntry, Registration
from tests.benchmarks.clocks import format_times, p50, take_turns
from tests.benchmarks.floors import write_by_bare_sql, write_by_bulk_create
from tests.builders import get_or_make_source_account, make_origin

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
CHUNK = 2_000
_numbers = count(1)


def generate_customers():
    """Yield the data of new customers, one chunk of them."""
    for _ in range(CHUNK):
        n = next(_numbers)
        yield f"First{n % 5000}", f"Last{n % 7000}", f"91{7000000000 + n}", f"p{n}@example.com", n


def test_is_faster_than_bulk_create_and_half_as_fast_as_bare_sql():
    origin, account = make_origin(door="IMPORT"), get_or_make_source_account()
    seconds = take_turns(
        {
            "all rules": lambda: _register_by_rules(origin, account),
            "bulk_create per table, no rules": lambda: write_by_bulk_create(
                origin, account, generate_customers()
            ),
            "staged COPY, INSERT ... SELECT": lambda: write_by_bare_sql(
                origin, account, generate_customers()
            ),
        },
        rounds=12,
    )
    print()
    print(format_times(seconds))
    rates = {name: CHUNK / p50(times) for name, times in seconds.items()}
    print({name: round(rate) for name, rate in rates.items()})
    our_rate, bulk_rate, limit = rates.values()
    assert our_rate >= 1.2 * bulk_rate
    print(f"{our_rate / limit:.2f} of the practical limit")


def _register_by_rules(origin, account):
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
            for first, last, mobile, email, n in generate_customers()
        ],
    )
    assert all(outcome.is_new for outcome in outcomes)
