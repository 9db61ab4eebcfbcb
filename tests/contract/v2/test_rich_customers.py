"""Customers with many profiles, programs and cards take as many queries as those with one."""

import pytest

from customers.models import Channel
from loyalty.models import ProgramGroup
from loyalty.queries.programs import clear_program_cache
from tests.builders import (
    get_or_make_source_account,
    make_customer,
    make_enrollment,
    make_profile,
    make_program,
)
from tests.card_builders import make_card
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

MANY = 6
EVERYTHING = "points,subscriptions,mlp,promotionalPoints,expirySchedules,expiredPoints"


@pytest.fixture
def programs(till):
    group = ProgramGroup.objects.create(org=till.org, title="All", description="Every shop")
    made = [make_program(is_default=not number, group=group) for number in range(MANY)]
    clear_program_cache(till.org.pk)
    return made


def make_rich_customer(mobile, programs, profiles, cards):
    person = make_customer(identifiers=[("mobile", mobile)])
    for number in range(1, profiles):
        profile = make_profile(
            person,
            get_or_make_source_account("WECHAT", f"w-{number}"),
            identifiers=[("wechat", f"{mobile}-{number}")],
        )
        Channel.objects.create(profile=profile, type="wechat", value=f"id-{number}")
    for program in programs:
        make_enrollment(person, program, points=5)
    for _ in range(cards):
        make_card(customer=person)
    return person


@pytest.mark.parametrize(
    "path",
    [
        "customers/{id}",
        "customers/{id}?embed=points,subscriptions,mlp",
        f"customers/{{id}}?embed={EVERYTHING}",
        "customers/{id}/loyaltyDetails",
        "customers/{id}/pointsExpirySchedule?fetchDataForAllPrograms=true",
        "customers/lookup/customerDetails?identifierName=mobile&identifierValue={mobile}&embed=mlp",
    ],
)
def test_costs_the_same_queries(till, programs, path):
    poor = make_rich_customer("919999000001", programs[:1], profiles=1, cards=1)
    rich = make_rich_customer("919999000002", programs, profiles=MANY, cards=MANY)

    def measured(person, mobile):
        url = path.format(id=person.pk, mobile=mobile)
        assert till.get(url).status_code == 200
        return count_queries(lambda: till.get(url))

    assert measured(rich, "919999000002") == measured(poor, "919999000001")


def test_is_answered_with_all_of_them(till, programs):
    rich = make_rich_customer("919999000002", programs, profiles=MANY, cards=MANY)

    answer = till.get(f"customers/{rich.pk}?embed=points,subscriptions,mlp").json()

    assert len(answer["profiles"]) == MANY
    assert {row["programId"] for row in answer["loyaltyProgramDetails"]} == {
        program.pk for program in programs
    }
    assert len(answer["cardDetails"]) == MANY
    assert all(
        len(
            [
                identifier
                for identifier in profile["identifiersAll"]
                if identifier["type"] == "cardnumber"
            ]
        )
        == MANY
        for profile in answer["profiles"]
    )
