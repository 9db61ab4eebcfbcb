"""Details of who has many profiles, programs and cards, beside their floor and beside the plain."""

import pytest
from django.conf import global_settings

from tests.benchmarks.population import settle
from tests.benchmarks.racing import authorization, race, report, serve_both
from tests.benchmarks.serving import Tills
from tests.builders import (
    make_credential,
    make_customer,
    make_enrollment,
    make_profile,
    make_program,
    the_source_account,
)
from tests.card_builders import make_card

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
PROFILES, PROGRAMS, CARDS = 10, 20, 20
PEOPLE = 20
MANY_TILLS = 8
# As for the details of anybody: what we aim at, and below what we do not fall.
GOAL, HELD = 0.25, 0.05


@pytest.fixture
def credential(settings):
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    return make_credential()


@pytest.fixture
def ids(credential):
    """The rich; nobody else is there, so that both read from memory."""
    programs = [make_program(is_default=not number) for number in range(PROGRAMS)]
    ids = [_make_rich(number, programs).pk for number in range(PEOPLE)]
    settle()
    return ids


def _make_rich(number, programs):
    person = make_customer(identifiers=[("mobile", f"919{number:09}")])
    for account in range(1, PROFILES):
        key = ("wechat", f"w{account}-{number}")
        make_profile(
            person,
            the_source_account("WECHAT", f"w-{account}"),
            identifiers=[key],
            channels=[key],
        )
    for program in programs:
        make_enrollment(person, program, points=5)
    for _ in range(CARDS):
        make_card(customer=person)
    return person


def test_keeps_its_ratio_to_the_floor(credential, ids, tmp_path):
    tills = Tills(
        MANY_TILLS,
        {"authorization": authorization(credential), "ids": ids, "mobiles": [], "prefixes": []},
    )
    missed = []
    print()
    try:
        with serve_both(credential, tmp_path, floor="tests.benchmarks.rich_floor") as servers:
            for count in (1, MANY_TILLS):
                ratio = report("details", count, race(servers, tills, "details", count), GOAL)
                if ratio < HELD:
                    missed.append(f"{count} at once: {ratio:.2f} of {HELD}")
    finally:
        tills.go_home()
    assert not missed
