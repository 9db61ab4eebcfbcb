"""Loyalty in GET /v2/customers/{id}, .../loyaltyDetails and their lookups ..."""

from decimal import Decimal

import pytest

from crm.kernel.transactions import unit_of_work
from loyalty.models import PartnerMembership, PartnerProgram, PartnerTier, PointsEntry, ProgramGroup
from loyalty.operations.points.post import post_movement
from loyalty.queries.programs import clear_program_cache
from loyalty.rules.movements import Movement
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_origin,
    make_program,
    make_store,
)
from tests.card_builders import make_card, make_card_series
from tests.contract.v2.answers import read_refusal
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

NOON_THERE = "2026-03-02T17:30:00+05:30"
MOBILE = ("mobile", "919999000001")
BALANCES = {
    "redeemed",
    "expired",
    "returned",
    "adjusted",
    "lifetimePoints",
    "loyaltyPoints",
    "cumulativePurchases",
    "loyaltyId",
    "currentSlab",
    "nextSlab",
    "nextSlabSerialNumber",
    "nextSlabDescription",
    "slabSNo",
    "slabExpiryDate",
    "programId",
}


@pytest.fixture
def person(till):
    return make_customer(identifiers=[MOBILE])


@pytest.fixture
def member(person):
    """1,050 points in the default program, of which 40.11 were redeemed; 9,500 were spent."""
    enrollment = make_enrollment(
        person, make_program("Shop", is_default=True, description="Ours"), points=1_000
    )
    post_points(enrollment, "AWARD", 50, purchases=9_500)
    post_points(enrollment, "REDEEM", Decimal("40.11"))
    return enrollment


def post_points(enrollment, kind, points, at=NOON, **attributes):
    unit_of_work(post_movement)(
        origin=make_origin(at=at),
        movement=Movement(
            customer_id=enrollment.customer_id,
            program_id=enrollment.program_id,
            kind=kind,
            points=points,
            **attributes,
        ),
    )


def build_balances(enrollment):
    return {
        "redeemed": 40.11,
        "expired": 0.0,
        "returned": 0.0,
        "adjusted": 0.0,
        "lifetimePoints": 1050.0,
        "loyaltyPoints": 1009.89,
        "cumulativePurchases": 9500.0,
        "loyaltyId": enrollment.pk,
        "currentSlab": "PLATINUM",
        "nextSlab": "",
        "nextSlabSerialNumber": -1,
        "nextSlabDescription": "",
        "slabSNo": 3,
        "slabExpiryDate": "2126-03-03T23:59:59+05:30",
        "programId": enrollment.program_id,
    }


def build_membership(enrollment):
    return build_balances(enrollment) | {
        "delayedPoints": 0.0,
        "delayedReturnedPoints": 0.0,
        "totalAvailablePoints": 1009.89,
        "totalReturnedPoints": 0.0,
        "linkedPartnerPrograms": [],
    }


def test_answers_balances_that_add_up_by_id_and_by_identifier(till, person, member):
    by_id = till.get(f"customers/{person.pk}/loyaltyDetails")
    looked_up = till.get(
        "customers/lookup/loyaltyDetails",
        {"source": "INSTORE", "identifierName": "mobile", "identifierValue": MOBILE[1]},
    )

    assert by_id.status_code == looked_up.status_code == 200
    assert by_id.json() == {"data": [build_membership(member)], "warnings": [], "errors": []}
    assert looked_up.json() == by_id.json()
    entries = PointsEntry.objects.filter(enrollment=member)
    [row] = by_id.json()["data"]
    assert row["loyaltyPoints"] == float(sum(entry.points for entry in entries))
    assert row["cumulativePurchases"] == float(sum(entry.purchases for entry in entries))


def test_shows_the_next_tier_and_one_number_in_all_programs(till, person, member):
    second = make_enrollment(person, make_program("Other"), points=1)

    rows = till.get(f"customers/{person.pk}/loyaltyDetails").json()["data"]

    assert [row["programId"] for row in rows] == [member.program_id, second.program_id]
    assert [row["loyaltyId"] for row in rows] == [member.pk, member.pk]
    assert rows[1]["nextSlab"] == "GOLD"
    assert rows[1]["nextSlabSerialNumber"] == 2
    assert rows[1]["nextSlabDescription"] == "Tier 2"


def test_shows_programs_of_partners_with_and_without_tiers(till, person, member):
    tiered, plain = (
        PartnerProgram.objects.create(
            org=till.org, program=member.program, name=name, description=name, is_tier_based=tiers
        )
        for name, tiers in (("1stProgram", True), ("NoTier", False))
    )
    tier = PartnerTier.objects.create(partner_program=tiered, serial=1, name="1stSlab")
    fields = {"enrollment": member, "membership_id": "916215776456"}
    PartnerMembership.objects.create(
        partner_program=tiered, tier=tier, tier_expires_at=NOON, **fields
    )
    PartnerMembership.objects.create(partner_program=plain, **fields)

    [row] = till.get(f"customers/{person.pk}/loyaltyDetails").json()["data"]

    assert row["linkedPartnerPrograms"] == [
        {
            "partnerProgramId": tiered.pk,
            "partnerProgramName": "1stProgram",
            "partnerProgramDescription": "1stProgram",
            "partnerTierNumber": 1,
            "partnerTierName": "1stSlab",
            "partnerTierExpiryDate": NOON_THERE,
            "partnerMembershipId": "916215776456",
            "partnerProgramType": "EXTERNAL",
            "tierBased": True,
        },
        {
            "partnerProgramId": plain.pk,
            "partnerProgramName": "NoTier",
            "partnerProgramDescription": "NoTier",
            "partnerMembershipId": "916215776456",
            "partnerProgramType": "EXTERNAL",
            "tierBased": False,
        },
    ]


def test_answers_one_program_when_it_is_named(till, person, member):
    other = make_program("Other")
    path = f"customers/{person.pk}/loyaltyDetails"

    assert till.get(path, {"programId": member.program_id}).json()["data"] == [
        build_membership(member)
    ]
    assert till.get(path, {"programId": other.pk}).json()["data"] == []
    assert read_refusal(till.get(path, {"programId": 2**62})) == (404, 404)
    assert read_refusal(till.get(path, {"programId": "x"})) == (400, 400)


def test_refuses_strangers_victims_and_nobody(till, stranger, person, member):
    victim = make_customer(merged_into=person)

    assert read_refusal(stranger.get(f"customers/{person.pk}/loyaltyDetails")) == (404, 8015)
    assert read_refusal(till.get("customers/404/loyaltyDetails")) == (404, 8015)
    assert read_refusal(till.get(f"customers/{victim.pk}/loyaltyDetails")) == (410, 8069)
    query = {"identifierName": "mobile", "identifierValue": MOBILE[1]}
    path = "customers/lookup/loyaltyDetails"
    assert read_refusal(stranger.get(path, query)) == (404, 8015)
    wechat = {**query, "source": "WECHAT", "accountId": "22232"}
    assert read_refusal(till.get(path, wechat)) == (404, 8065)


def test_embeds_points_and_programs(till, person, member):
    answer = till.get(f"customers/{person.pk}?embed=points,mlp").json()

    assert answer["pointsSummary"] == build_balances(member)
    assert answer["loyaltyInfo"]["lifetimePurchases"] == 9500.0
    assert answer["loyaltyProgramDetails"] == [
        build_membership(member)
        | {
            "programTitle": "Shop",
            "programDescription": "Ours",
            "programPointsToCurrencyRatio": 1.0,
        }
    ]
    assert "groupLoyaltyProgramDetails" not in answer


def test_tells_lifetime_purchases_without_being_asked(till, person, member):
    answer = till.get(f"customers/{person.pk}").json()

    assert answer["loyaltyInfo"]["lifetimePurchases"] == 9500.0
    assert answer.keys().isdisjoint({"pointsSummary", "loyaltyProgramDetails", "expiredPoints"})


def test_sums_up_the_program_joined_first_for_who_is_not_in_the_default_one(till, person):
    first = make_enrollment(person, make_program("Old"), points=3)
    make_enrollment(person, make_program("New"), points=5)

    answer = till.get(f"customers/{person.pk}?embed=points").json()

    assert answer["pointsSummary"].keys() == BALANCES
    assert answer["pointsSummary"]["programId"] == first.program_id
    assert answer["loyaltyInfo"]["lifetimePurchases"] == 0.0


def test_counts_a_group_of_programs_as_one_by_an_identifier(till, person, member):
    group = ProgramGroup.objects.create(org=till.org, title="All", description="Every shop")
    second = make_enrollment(person, make_program("Other"), points=10)
    type(member.program).objects.update(group=group)
    clear_program_cache(till.org.pk)

    answer = till.get(
        "customers/lookup/customerDetails",
        {"identifierName": "mobile", "identifierValue": MOBILE[1], "embed": "mlp"},
    ).json()

    assert answer["groupLoyaltyProgramDetails"] == [
        {
            "groupProgramId": group.pk,
            "title": "All",
            "description": "Every shop",
            "programsList": [
                {"id": member.program_id, "name": "Shop", "description": "Ours"},
                {"id": second.program_id, "name": "Other", "description": ""},
            ],
            "lifetimePoints": 1060.0,
            "loyaltyPoints": 1019.89,
            "promisedPoints": 0.0,
            "pointsToCurrencyRatio": 1.0,
        }
    ]


def test_embeds_promotional_points_by_what_they_were_given_for(till, person, member):
    store = make_store(code="store", name="store 10")
    post_points(member, "GOODWILL", 200, issued_by_id=store.pk)

    answer = till.get(f"customers/{person.pk}?embed=PromotionalPoints").json()

    assert answer["promotionalPoints"] == {
        "customerPromotionType": [
            {
                "points": 200.0,
                "issuedAt": {"code": "store", "name": "store 10"},
                "issuedOn": NOON_THERE,
                "expiryDate": None,
                "promotionSource": {"promotionSourceId": -1, "promotionSourceType": "GOODWILL"},
                "programId": member.program_id,
                "promotionName": "Goodwill Promotion",
            }
        ],
        "transactionPromotionType": [],
        "lineitemPromotionType": [],
    }


def test_shows_cards_and_what_they_are_among_the_identifiers(till, person):
    series = make_card_series("422", name="sushicard", type="DIGITAL", max_active_cards=60)
    card = make_card(
        "visasushi006",
        series,
        person,
        external_id="orea7",
        issued_by=till.entity,
        custom_fields={"cardname": "sushi"},
        extended_fields={"card_balance": 1000.0},
    )
    change = card.status_changes.get()

    answer = till.get(f"customers/{person.pk}").json()

    assert answer["cardDetails"] == [
        {
            "cardId": card.pk,
            "issuedDate": NOON_THERE,
            "createdDate": "2026-03-02",
            "expiryDays": 0,
            "expiryDate": None,
            "seriesName": "sushicard",
            "customerId": person.pk,
            "maxActiveCards": 60,
            "cardExternalId": "orea7",
            "extendedFields": {"card_balance": 1000.0},
            "customFields": {"cardname": "sushi"},
            "type": "DIGITAL",
            "cardNumber": "visasushi006",
            "seriesId": series.pk,
            "seriesCode": "422",
            "orgId": till.org.pk,
            "entityId": till.entity.pk,
            "statusInfo": {
                "reason": "",
                "createdBy": None,
                "actions": [],
                "autoUpdateTime": "2026-03-02",
                "createdOn": NOON_THERE,
                "entityId": card.pk,
                "id": change.pk,
                "isActive": True,
                "labelId": card.label_id,
                "label": "ACTIVE",
                "status": "ACTIVE",
            },
            "id": card.pk,
            "transactionNotAllowed": False,
        }
    ]
    [profile] = answer["profiles"]
    number = {
        "type": "cardnumber",
        "value": "visasushi006",
        "seriesId": series.pk,
        "statusLabel": "ACTIVE",
    }
    assert number in profile["identifiers"]
    assert number in profile["identifiersAll"]
    assert {"type": "cardExternalId", "value": "orea7"} in profile["identifiers"]
    for kind, value in (("card", "visasushi006"), ("cardExternalId", "orea7")):
        query = {"identifierName": kind, "identifierValue": value}
        assert till.get("customers/lookup", query).json()["entity"] == person.pk


def test_takes_as_many_queries_for_any_number_of_programs_and_cards(till, person, member):
    paths = [
        f"customers/{person.pk}",
        f"customers/{person.pk}?embed=points,subscriptions,mlp",
        f"customers/{person.pk}?embed=promotionalPoints,expirySchedules,expiredPoints",
        f"customers/{person.pk}/loyaltyDetails",
        "customers/lookup/loyaltyDetails?identifierName=mobile&identifierValue=" + MOBILE[1],
        "customers/lookup/customerDetails?embed=mlp&identifierName=mobile&identifierValue="
        + MOBILE[1],
    ]
    make_card(customer=person)
    few = [count_path_queries(till, path) for path in paths]

    for _ in range(3):
        make_card(customer=person)
        enrollment = make_enrollment(person, make_program(), points=1)
        post_points(enrollment, "GOODWILL", 1)
    many = [count_path_queries(till, path) for path in paths]

    assert few == many
    # The log-in, the customer, the purchases, two for the cards; memberships and partners.
    assert many == [5, 6, 8, 4, 4, 7]


def count_path_queries(till, path):
    till.get(path)
    return count_queries(lambda: till.get(path))
