"""Details of customers with many profiles, programs and cards, compared with the floor."""

import pytest
from django.conf import global_settings

from tests.benchmarks.population import vacuum
from tests.benchmarks.racing import authorization, race, report, serve_with_floor
from tests.benchmarks.serving import Tills
from tests.builders import (
    get_or_make_source_account,
    make_credential,
    make_customer,
    make_enrollment,
    make_profile,
    make_program,
)
from tests.card_builders import make_card

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
PROFILES, PROGRAMS, CARDS = 10, 20, 20
CUSTOMERS = 20
MANY_TILLS = 8
# The goal and the minimum, as for the details of other customers.
GOAL, MINIMUM = 0.25, 0.05


@pytest.fixture
def credential(settings):
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    return make_credential()


@pytest.fixture
def ids(credential):
    """The ids of the customers; there are no others, so that both servers read from memory."""
    programs = [make_program(is_default=not number) for number in range(PROGRAMS)]
    ids = [_make_rich_customer(number, programs).pk for number in range(CUSTOMERS)]
    vacuum()
    return ids


def _make_rich_customer(number, programs):
    customer = make_customer(identifiers=[("mobile", f"919{number:09}")])
    for account in range(1, PROFILES):
        key = ("wechat", f"w{account}-{number}")
        make_profile(
            customer,
            get_or_make_source_account("WECHAT", f"w-{account}"),
            identifiers=[key],
            channels=[key],
        )
    for program in programs:
        make_enrollment(customer, program, points=5)
    for _ in range(CARDS):
        make_card(customer=customer)
    return customer


def test_keeps_its_ratio_to_the_floor(credential, ids, tmp_path):
    tills = Tills(
        MANY_TILLS,
        {"authorization": authorization(credential), "ids": ids, "mobiles": [], "prefixes": []},
    )
    shortfalls = []
    print()
    try:
        with serve_with_floor(credential, tmp_path, floor="tests.benchmarks.rich_floor") as servers:
            for count in (1, MANY_TILLS):
                ratio = report("details", count, race(servers, tills, "details", count), GOAL)
                if ratio < MINIMUM:
                    shortfalls.append(f"{count} at once: {ratio:.2f} of {MINIMUM}")
    finally:
        tills.stop()
    assert not shortfalls
