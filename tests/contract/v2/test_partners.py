"""Partner programs over the API ..."""

import pytest

from loyalty.models import PartnerMembership
from tests.builders import make_customer, make_enrollment, make_program
from tests.contract.v2.answers import read_refusal
from tests.partner_builders import make_partner
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

MILES = {
    "partnerProgramName": "Miles",
    "membershipId": 77,
    "tierName": "Blue",
    "tierExpiryDate": "2099-12-31",
}
OK = {"status": True, "code": 200}


@pytest.fixture
def person():
    customer = make_customer(identifiers=[("mobile", "919010000022"), ("email", "tom@example.com")])
    make_partner(make_enrollment(customer, make_program(is_default=True)).program)
    return customer


def link(till, *items):
    return till.post("partnerProgram/linkCustomer", {"linkCustomers": list(items)})


def build_item(customer, *partners):
    return {"customer": customer, "linkToPartnerPrograms": list(partners or [MILES])}


def read_codes(answer):
    return [
        [entry["partnerLinkStatus"]["code"] for entry in row["linkToPartnerPrograms"]]
        for row in answer.json()["linkCustomers"]
    ]


def test_links_and_shows_the_link_in_loyalty_details(till, person):
    answer = link(till, build_item({"mobile": "9010000022"}))

    assert answer.json() == {
        "linkCustomers": [
            {
                "customer": {
                    "id": person.pk,
                    "mobile": "919010000022",
                    "email": "tom@example.com",
                    "externalId": None,
                    "status": {**OK, "message": "SUCCESS"},
                },
                "linkToPartnerPrograms": [
                    {
                        "partnerProgramName": "Miles",
                        "partnerLinkStatus": {**OK, "message": "Linked."},
                    }
                ],
            }
        ],
        "warnings": [],
    }
    [program] = till.get(f"customers/{person.pk}/loyaltyDetails").json()["data"]
    [shown] = program["linkedPartnerPrograms"]
    assert shown["partnerMembershipId"] == "77"
    assert shown["partnerTierExpiryDate"] == "2099-12-31T23:59:59+05:30"
    details = till.get(f"customers/{person.pk}?source=ALL&embed=mlp").json()
    [program] = details["loyaltyProgramDetails"]
    assert program["linkedPartnerPrograms"] == [shown]


def test_says_of_a_second_link_that_nothing_changed(till, person):
    item = build_item({"id": person.pk})
    link(till, item)

    again = link(till, item)

    [row] = again.json()["linkCustomers"]
    status = row["linkToPartnerPrograms"][0]["partnerLinkStatus"]
    assert (status["status"], status["code"]) == (True, 91112)
    assert PartnerMembership.objects.count() == 1


def test_gives_each_link_and_customer_a_status(till, person):
    victim = make_customer(identifiers=[("mobile", "919010000023")])
    victim.merged_into = person
    victim.save()

    answer = link(
        till,
        build_item({"id": person.pk}, MILES, {**MILES, "partnerProgramName": "Moon"}),
        build_item({"email": "nobody@example.com"}),
        build_item({"id": victim.pk}),
        build_item({}),
        {"customer": {"id": person.pk}},
        "x",
        build_item({"id": person.pk}, {**MILES, "tierExpiryDate": "soon"}),
        build_item({"id": person.pk}, {**MILES, "membershipId": 78}),
    )

    assert read_codes(answer) == [[200, 404], [8015], [8069], [8013], [], [], [400], [409]]
    codes = [row["customer"]["status"]["code"] for row in answer.json()["linkCustomers"]]
    assert codes == [200, 8015, 8069, 8013, 400, 400, 200, 200]
    assert PartnerMembership.objects.count() == 1


def test_updates_a_tier_and_unlinks(till, person):
    link(till, build_item({"id": person.pk}))
    update = {
        "customer": {"id": person.pk},
        "partnerProgramUpdates": [
            {
                "partnerProgramName": "Miles",
                "updateType": "UPGRADE",
                "updateDetails": {
                    "updatedTierName": "Black",
                    "updatedTierExpiryDate": "2099-06-30T10:00:00+05:30",
                },
            }
        ],
    }
    body = {"customersPartnerUpdates": [update]}

    codes = [
        till.post("partnerProgram/customerPartnerProgramUpdate", body).json()[
            "customersPartnerUpdates"
        ][0]["partnerProgramUpdates"][0]["partnerUpdateStatus"]["code"]
        for _ in range(2)
    ]

    assert codes == [200, 91113]
    assert PartnerMembership.objects.get().tier.name == "Black"
    unlink = {
        "deLinkCustomers": [
            {
                "customer": {"id": person.pk},
                "deLinkFromPartnerPrograms": [{"partnerProgramName": "Miles"}],
            }
        ]
    }
    codes = [
        till.post("partnerProgram/deLinkCustomer", unlink).json()["deLinkCustomers"][0][
            "deLinkFromPartnerPrograms"
        ][0]["partnerDeLinkStatus"]["code"]
        for _ in range(2)
    ]
    assert codes == [200, 409]
    [program] = till.get(f"customers/{person.pk}/loyaltyDetails").json()["data"]
    assert program["linkedPartnerPrograms"] == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, 400)),
        ([], (400, 400)),
        ({"linkCustomers": {}}, (400, 400)),
        ({"linkCustomers": []}, (400, 400)),
        ({"linkCustomers": [{}] * 101}, (400, 1060)),
    ],
)
def test_refuses_a_body_that_is_no_batch(till, body, expected):
    assert read_refusal(till.post("partnerProgram/linkCustomer", body)) == expected


def test_takes_as_many_queries_for_a_hundred(till, person):
    program = person.enrollments.get().program

    def count(number):
        items = [
            build_item({"id": enrolled.customer_id}, {**MILES, "membershipId": enrolled.pk})
            for enrolled in (make_enrollment(make_customer(), program) for _ in range(number))
        ]
        return count_queries(lambda: link(till, *items))

    count(1)
    assert count(20) == count(2)
