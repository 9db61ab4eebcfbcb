"""GET /v2/customers/{id} and /v2/customers/lookup/customerDetails ..."""

from datetime import timedelta

import pytest

from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_entity,
    make_field,
    make_profile,
)
from tests.contract.v2.answers import read_refusal

pytestmark = pytest.mark.django_db

NOON_THERE = "2026-03-02T17:30:00+05:30"
MOBILE, EMAIL = ("mobile", "919999000001"), ("email", "tom@example.com")


@pytest.fixture
def person(till):
    customer = make_customer(
        identifiers=[MOBILE],
        channels=[MOBILE],
        first_name="Tom",
        last_name="Sawyer",
        fields={"Gender": "Male"},
        extended_fields={"city": "Bangalore"},
        loyalty_type="NON_LOYALTY",
        registered_by=till.entity,
        modified_by=till.entity,
        associated_with=till.entity,
    )
    make_profile(
        customer,
        get_or_make_source_account("WECHAT", "22232"),
        identifiers=[EMAIL],
        created_by=till.entity,
        modified_by=till.entity,
    )
    return customer


def build_identifier(key):
    return {"type": key[0], "value": key[1]}


def build_actor(entity):
    return {
        "id": entity.pk,
        "code": "rr.till",
        "description": "",
        "name": "rr.till",
        "type": "TILL",
    }


def build_details(person, till):
    """What the two operations answer alike about the person, in the source WECHAT 22232."""
    actor_answer = build_actor(till.entity)
    attribution = {
        "createDate": NOON_THERE,
        "createdBy": actor_answer,
        "modifiedBy": actor_answer,
        "modifiedDate": NOON_THERE,
    }
    return {
        "id": person.pk,
        "profiles": [
            {
                "firstName": "Asha",
                "lastName": "Rao",
                "attribution": attribution,
                "fields": {},
                "identifiers": [build_identifier(EMAIL)],
                "commChannels": [],
                "source": "WECHAT",
                "userId": person.pk,
                "accountId": "22232",
                "conflictingProfileList": [],
                "autoUpdateTime": NOON_THERE,
                "identifiersAll": [build_identifier(MOBILE), build_identifier(EMAIL)],
            }
        ],
        "loyaltyInfo": {
            "loyaltyType": "non_loyalty",
            "attributionV2": {**attribution, "createdFromSource": "instore"},
            "lifetimePurchases": 0.0,
        },
        "segments": {},
        "associatedWith": "rr.till",
        "extendedFields": {"city": "Bangalore"},
        "cardDetails": [],
        "warnings": [],
    }


def test_answer_the_profile_of_a_named_source_whole(till, person):
    answer = till.get(f"customers/{person.pk}?source=WECHAT&accountId=22232")

    assert answer.status_code == 200
    assert answer.json() == build_details(person, till)


def test_answer_the_same_by_an_identifier_with_fraud_details(till, person):
    answer = till.get(
        "customers/lookup/customerDetails?source=WECHAT&accountId=22232"
        "&identifierName=mobile&identifierValue=919999000001&embed=mlp"
    )

    assert answer.json() == build_details(person, till) | {
        "loyaltyProgramDetails": [],
        "groupLoyaltyProgramDetails": [],
        "fraudDetails": {"markedBy": {}, "modifiedOn": NOON_THERE, "status": "NOT_FRAUD"},
    }


def test_spell_a_field_by_its_name_and_in_lower_case(till, person):
    """The reference shows both of one field."""
    [profile] = till.get(f"customers/{person.pk}?source=INSTORE").json()["profiles"]

    assert profile["fields"] == {"Gender": "Male", "gender": "Male"}


def test_name_who_marked_a_fraud(till, person):
    clerk = make_entity("ADMIN_USER", code="clerk")
    person.fraud_status, person.fraud_marked_by = "CONFIRMED", clerk
    person.fraud_marked_at = NOON + timedelta(hours=1)
    person.save()

    answer = till.get(
        "customers/lookup/customerDetails", {"identifierName": "id", "identifierValue": person.pk}
    )

    fraud = answer.json()["fraudDetails"]
    assert (fraud["status"], fraud["modifiedOn"]) == ("CONFIRMED", "2026-03-02T18:30:00+05:30")
    assert fraud["markedBy"]["code"] == "clerk"


@pytest.mark.parametrize("query", ["", "?source=ALL", "?source=all&accountId=7"])
def test_answer_every_profile_when_no_source_is_named(till, person, query):
    profiles = till.get(f"customers/{person.pk}{query}").json()["profiles"]

    assert [profile["source"] for profile in profiles] == ["INSTORE", "WECHAT"]
    assert profiles[0]["commChannels"] == [
        {
            **build_identifier(MOBILE),
            "primary": False,
            "verified": False,
            "meta": {"residence": False, "office": False},
            "attributes": {},
        }
    ]
    assert profiles[0]["attribution"]["createdBy"] == {}


@pytest.mark.parametrize(
    "embed",
    [
        "embed=subscriptions",
        "embed=SUBSCRIPTION",
        "embed=points,mlp&embed=Subscriptions",
        "embed=%E2%80%9Dsubscriptions%E2%80%9D",
    ],
)
def test_embed_subscriptions_by_any_of_their_names(till, person, embed):
    info = till.get(f"customers/{person.pk}?{embed}").json()["subscriptionInfo"]

    assert info == {
        "subscriptions": [
            {"channel": channel, "priority": priority, "type": "OPTIN"}
            for priority in ("TRANS", "BULK")
            for channel in ("EMAIL", "SMS", "ANDROID", "IOS")
        ],
        "campaignId": 0,
        "communicationId": 0,
    }


def test_embed_nothing_of_loyalty_for_who_is_in_no_program(till, person):
    embed = "points,mlp,promotionalPoints,expirySchedules,expiredPoints,CUSTOMERIMAGE"

    answer = till.get(f"customers/{person.pk}?source=WECHAT&accountId=22232&embed={embed}")

    promotions = ("customerPromotionType", "transactionPromotionType", "lineitemPromotionType")
    assert answer.json() == build_details(person, till) | {
        "pointsSummary": {},
        "loyaltyProgramDetails": [],
        "promotionalPoints": {key: [] for key in promotions},
        "expirySchedules": [],
        "expiredPoints": [],
        "customerImage": [],
    }


def test_translate_extended_fields_by_the_language_header(till, person):
    make_field("city", options=["Bangalore"], translations={("zh", "Bangalore"): "班加罗尔"})

    answer = till.get(f"customers/{person.pk}", language="zh")

    assert answer.json()["extendedFields"] == {"city": "班加罗尔"}


def test_list_closed_profiles_of_victims_without_lists_inside(till, person):
    victim = make_customer(identifiers=[], merged_into=person)
    victim.profiles.update(closed_at=NOON)

    first = till.get(f"customers/{person.pk}").json()["profiles"][0]

    assert first["conflictingProfileList"] == [
        {
            "firstName": "Asha",
            "lastName": "Rao",
            "attribution": {
                "createDate": NOON_THERE,
                "createdBy": {},
                "modifiedBy": {},
                "modifiedDate": NOON_THERE,
            },
            "fields": {},
            "source": "INSTORE",
            "userId": victim.pk,
            "accountId": "",
            "autoUpdateTime": NOON_THERE,
        }
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("source=WECHAT&accountId=1234", (404, 8065)),
        ("source=WECHAT", (400, 8045)),
        ("source=WECHAT&accountId=nope", (400, 8012)),
        ("source=NOWHERE", (400, 8012)),
        ("source=INSTORE%00", (400, 400)),
        ("embed=everything", (400, 400)),
    ],
)
def test_refuse_sources_and_embeds(till, person, query, expected):
    by_identifier = "identifierName=mobile&identifierValue=919999000001"

    assert read_refusal(till.get(f"customers/{person.pk}?{query}")) == expected
    assert (
        read_refusal(till.get(f"customers/lookup/customerDetails?{by_identifier}&{query}"))
        == expected
    )


@pytest.mark.parametrize("nobody", ["404", "0", "9" * 30])
def test_refuse_an_unknown_id(till, nobody):
    assert read_refusal(till.get(f"customers/{nobody}")) == (404, 8015)


def test_answer_410_with_the_survivor_for_a_victim(till, person):
    victim = make_customer(merged_into=person)

    answer = till.get(f"customers/{victim.pk}")

    assert read_refusal(answer) == (410, 8069)
    assert answer.json()["errors"][0]["survivorId"] == person.pk


@pytest.mark.parametrize("embed", ["", "?embed=points,subscriptions,mlp"])
def test_take_two_queries_besides_the_log_in(till, person, embed, django_assert_num_queries):
    till.get(f"customers/{person.pk}{embed}")

    with django_assert_num_queries(3):
        till.get(f"customers/{person.pk}{embed}")
