"""POST /v2/customers ..."""

import json
from datetime import UTC, datetime

import pytest

from customers.models import Customer, Identifier, Profile, Subscription
from tests.builders import (
    get_or_make_source_account,
    make_customer,
    make_field,
    make_profile,
    make_store,
    make_till,
)
from tests.contract.v2.answers import list_warning_codes, read_refusal

pytestmark = pytest.mark.django_db

MOBILE = "919010000022"


def build_registration(*identifiers, source="INSTORE", **more):
    profile = {
        "firstName": "Tom",
        "lastName": "Sawyer",
        "identifiers": [{"type": kind, "value": value} for kind, value in identifiers],
        "source": source,
        **more,
    }
    return {"profiles": [profile]}


def count_rows():
    return Customer.objects.count(), Profile.objects.count(), Identifier.objects.count()


def test_answers_the_new_id_without_side_effects(till):
    answer = till.post("customers", build_registration(("mobile", MOBILE)))

    customer = Customer.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {"createdId": customer.pk, "warnings": [], "sideEffects": []}


def test_keeps_everything_that_a_full_body_says(till):
    shop = make_till(code="bukl.till")
    get_or_make_source_account("MOBILE_APP", "400")
    make_field("gender", options=["Male", "Female"])
    make_field("Favorite Color", kind="CUSTOM", scope="PROFILE")

    answer = till.post(
        "customers?source=MOBILE_APP&accountId=400&rawSideEffects=true",
        {
            "loyaltyInfo": {
                "loyaltyType": "Non_Loyalty",
                "_comment": "can be loyalty or non_loyalty",
                "attributionV2": {"createDate": "2016-06-23T19:11:18+08:00"},
            },
            "associatedWith": "bukl.till",
            "profiles": [
                {
                    "firstName": " Tom ",
                    "lastName": "Sawyer",
                    "fields": {"favorite color": "Green"},
                    "identifiers": [
                        {"type": "mobile", "value": 919010000022},
                        {"type": "EMAIL", "value": "Tom.Sayer@Example.com"},
                    ],
                    "commChannels": [
                        {
                            "type": "mobilePush",
                            "value": "abc123456",
                            "primary": "true",
                            "verified": "false",
                            "meta": {"lastViewedDate": "2019-10-10", "residence": True},
                        }
                    ],
                }
            ],
            "extendedFields": {"gender": "MALE"},
            "endPointsEnabled": ["DVS_ENDPOINT"],
        },
        WAIT_FOR_DOWNSTREAM="true",
        X_CAP_DIRECT_REPLAY="false",
    )

    assert list_warning_codes(answer) == []
    customer = Customer.objects.get()
    profile = customer.profiles.get()
    channel = profile.channels.get()
    assert (customer.loyalty_type, customer.associated_with) == ("NON_LOYALTY", shop)
    assert customer.registered_by == till.entity
    assert customer.registered_at == datetime(2016, 6, 23, 11, 11, 18, tzinfo=UTC)
    assert customer.extended_fields == {"gender": "Male"}
    assert customer.end_points == ["DVS_ENDPOINT"]
    assert str(profile.source_account) == "Mobile app 400"
    assert (profile.first_name, profile.last_name) == ("Tom", "Sawyer")
    assert profile.fields == {"Favorite Color": "Green"}
    assert set(customer.identifiers.values_list("type", "value")) == {
        ("mobile", MOBILE),
        ("email", "tom.sayer@example.com"),
    }
    assert (channel.type, channel.value, channel.is_primary, channel.is_verified) == (
        "mobilePush",
        "abc123456",
        True,
        False,
    )
    assert channel.meta == {"lastViewedDate": "2019-10-10", "residence": True}


def test_keeps_what_channels_say_of_consent_and_sets_nothing_else(till):
    channels = [
        {"type": "email", "value": "a@example.com", "subscribed": True},
        {"type": "email", "value": "b@example.com", "subscribed": "false"},
        {"type": "mobile", "value": MOBILE, "subscribed": True},
        {"type": "line", "value": "l-1"},
        {"type": "mobilePush", "value": "token", "subscribed": True},
    ]

    get_or_make_source_account("MOBILE_APP", "1234")
    body = build_registration(
        ("mobile", MOBILE), source="MOBILE_APP", accountId="1234", commChannels=channels
    )
    answer = till.post("customers", body)

    assert list_warning_codes(answer) == []
    rows = Subscription.objects.values_list(
        "channel", "priority", "status", "source_account__account_id", "org_unit"
    )
    assert sorted(rows) == [
        ("EMAIL", "BULK", "OPTOUT", "1234", None),
        ("SMS", "BULK", "OPTIN", "1234", None),
    ]


def test_keeps_every_digit_of_a_long_number(till):
    make_field("city")
    body = build_registration(
        ("externalId", 12345678901234567890123),
        commChannels=[{"type": "email", "value": "t@example.com", "meta": {"seen": 10**25}}],
    )

    answer = till.post(
        "customers", json.dumps({**body, "extendedFields": {"city": 10**25}}).encode()
    )

    assert list_warning_codes(answer) == [91015]
    assert Identifier.objects.get().value == "12345678901234567890123"


def test_makes_several_profiles_at_once(till):
    body = {
        "profiles": [
            build_registration(("mobile", MOBILE))["profiles"][0],
            build_registration(("wechat", "w1"), source="WECHAT", accountId="1234")["profiles"][0],
        ]
    }

    assert list_warning_codes(till.post("customers", body)) == []
    accounts = Profile.objects.values_list("source_account__source", "source_account__account_id")
    assert sorted(accounts) == [("INSTORE", ""), ("WECHAT", "1234")]


def test_the_query_wins_over_the_source_of_a_single_profile(till):
    body = build_registration(("mobile", MOBILE), source="WECHAT", accountId="1234")

    assert list_warning_codes(till.post("customers?source=INSTORE", body)) == []
    assert str(Profile.objects.get().source_account) == "In store"


def test_the_query_and_the_body_may_complete_each_other(till):
    body = build_registration(("mobile", MOBILE), source=None, accountId="1234")

    assert list_warning_codes(till.post("customers?source=WECHAT", body)) == []
    assert str(Profile.objects.get().source_account) == "WeChat 1234"


def test_adds_the_profile_to_whoever_is_known_in_another_source(till):
    known = make_customer(identifiers=[("mobile", MOBILE)])

    body = build_registration(("mobile", MOBILE), source=None)
    answer = till.post("customers?source=WECHAT&accountId=22232", body)

    assert list_warning_codes(answer) == [8050]
    assert answer.json()["createdId"] == known.pk
    assert answer.json()["sideEffects"] == []


def test_saves_the_rest_when_fields_are_ill(till):
    body = build_registration(("mobile", MOBILE), fields={"shoe": 44})
    answer = till.post("customers", body | {"extendedFields": {"hat": 7}})

    assert sorted(list_warning_codes(answer)) == [1017, 91015]
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        ([("mobile", MOBILE)], (409, 8007)),
        ([("mobile", MOBILE), ("email", "two@example.com")], (409, 8007)),
        ([("externalId", "E-3"), ("email", "four@example.com")], (409, 8053)),
        ([("email", "four@example.com"), ("mobile", "919010000099")], (409, 8066)),
        ([], (400, 8013)),
        ([("mobile", "no number")], (400, 8056)),
        ([("email", "nobody")], (400, 8055)),
        ([("externalId", " ")], (400, 8064)),
        ([("cardnumber", "TTM001")], (400, 8013)),
        ([("shoesize", "44")], (400, 8013)),
    ],
)
def test_refuses_identifiers_that_are_taken_or_unusable(till, identifiers, expected):
    make_customer(identifiers=[("mobile", MOBILE)])
    make_customer(identifiers=[("email", "two@example.com")])
    make_customer(
        identifiers=[("externalId", "E-3")],
        source_account=get_or_make_source_account("WECHAT", "1234"),
    )
    both = make_customer(
        identifiers=[("email", "four@example.com")],
        source_account=get_or_make_source_account("WECHAT", "1234"),
    )
    make_profile(both, get_or_make_source_account(), identifiers=[("externalId", "E-4")])
    before = count_rows()

    answer = till.post("customers", build_registration(*identifiers))

    assert read_refusal(answer) == expected
    assert count_rows() == before


@pytest.mark.parametrize(
    ("query", "more", "expected"),
    [
        ("", {"source": ""}, (400, 8011)),
        ("", {"source": None}, (400, 8011)),
        ("", {"source": "NOWHERE"}, (400, 8011)),
        ("?source=ALL", {}, (400, 8011)),
        ("", {"source": "WECHAT"}, (400, 8045)),
        ("", {"source": "WECHAT", "accountId": "77"}, (400, 8011)),
        ("", {"commChannels": [{"type": "pigeon", "value": "1"}]}, (400, 8010)),
        ("", {"commChannels": [{"type": "email", "value": "1"}]}, (400, 8057)),
        ("", {"commChannels": [{"type": "mobile", "value": "x"}]}, (400, 8058)),
        ("", {"firstName": "x" * 101}, (400, 400)),
        ("?source=INSTORE%00", {}, (400, 400)),
    ],
)
def test_refuses_profiles_that_cannot_be_kept(till, query, more, expected):
    answer = till.post("customers" + query, build_registration(("mobile", MOBILE), **more))

    assert read_refusal(answer) == expected
    assert count_rows() == (0, 0, 0)


def test_refuses_several_profiles_of_which_one_contradicts_the_query(till):
    body = {
        "profiles": [
            build_registration(("mobile", MOBILE))["profiles"][0],
            build_registration(("wechat", "w1"), source="WECHAT", accountId="1234")["profiles"][0],
        ]
    }

    assert read_refusal(till.post("customers?source=INSTORE", body)) == (400, 8011)
    assert count_rows() == (0, 0, 0)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"associatedWith": "nobody.till"}, (400, 91020)),
        ({"loyaltyInfo": {"attributionV2": {"createDate": "soon"}}}, (400, 1034)),
        ({"attributionV2": {"createDate": "2999-01-01"}}, (400, 1034)),
        ({"loyaltyInfo": {"loyaltyType": "gold"}}, (400, 400)),
        ({"endPointsEnabled": ["MOON"]}, (400, 400)),
    ],
)
def test_refuses_what_is_said_about_the_person(till, more, expected):
    answer = till.post("customers", build_registration(("mobile", MOBILE)) | more)

    assert read_refusal(answer) == expected
    assert count_rows() == (0, 0, 0)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "profiles"),
        ({"profiles": {}}, "profiles"),
        ({"profiles": []}, "profiles"),
        ({"profiles": ["x"]}, "profiles[0]"),
        ({"profiles": [{}] * 21}, "profiles"),
        ({"profiles": [{"firstName": ["x"]}]}, "profiles[0].firstName"),
        ({"profiles": [{"identifiers": [{"type": "mobile"}]}]}, "profiles[0].identifiers[0].value"),
        (
            {"profiles": [{"identifiers": [{"type": "mobile", "value": True}]}]},
            "profiles[0].identifiers[0].value",
        ),
        (
            {"profiles": [{"identifiers": [{"type": "mobile", "value": {"a": 1}}]}]},
            "profiles[0].identifiers[0].value",
        ),
        (
            {"profiles": [{"identifiers": [{"type": "mobile", "value": "1"}] * 101}]},
            "profiles[0].identifiers",
        ),
        (
            {"profiles": [{"commChannels": [{"type": "email", "value": 1, "primary": "maybe"}]}]},
            "profiles[0].commChannels[0].primary",
        ),
        (
            {"profiles": [{"commChannels": [{"type": "email", "value": 1, "meta": [1]}]}]},
            "profiles[0].commChannels[0].meta",
        ),
        (
            {
                "profiles": [
                    {"commChannels": [{"type": "e", "value": 1, "meta": {"a": "x" * 9999}}]}
                ]
            },
            "profiles[0].commChannels[0].meta",
        ),
        ({"profiles": [{"fields": "x"}]}, "profiles[0].fields"),
        (
            {"profiles": [{"fields": {str(n): n for n in range(201)}}]},
            "profiles[0].fields",
        ),
        ({"profiles": [{}], "extendedFields": 7}, "extendedFields"),
        ({"profiles": [{}], "loyaltyInfo": [1]}, "loyaltyInfo"),
        ({"profiles": [{}], "loyaltyInfo": {"loyaltyType": 5}}, "loyaltyInfo.loyaltyType"),
        ({"profiles": [{}], "associatedWith": {}}, "associatedWith"),
    ],
)
def test_names_the_place_of_a_wrong_type(till, body, path):
    answer = till.post("customers?source=INSTORE", body)

    assert read_refusal(answer) == (400, 400)
    assert answer.json()["errors"][0]["message"].startswith(f"The request is invalid. {path}: ")
    assert count_rows() == (0, 0, 0)


def test_costs_the_same_queries_however_much_a_profile_holds(till, django_assert_max_num_queries):
    till.post("customers", build_registration(("mobile", "919010000001")))

    def queries(*identifiers):
        with django_assert_max_num_queries(40) as counted:
            list_warning_codes(till.post("customers", build_registration(*identifiers)))
        return len(counted)

    for_one = queries(("mobile", "919010000002"))
    for_many = queries(*[("externalId", f"E-{n}") for n in range(50)])

    assert for_one == for_many


def test_leaves_other_organizations_alone(till, stranger):
    make_customer(identifiers=[("mobile", MOBILE)])

    answer = stranger.post("customers", build_registration(("mobile", MOBILE)))

    assert list_warning_codes(answer) == []
    assert Customer.objects.get(pk=answer.json()["createdId"]).org == stranger.org


def test_does_once_what_is_asked_twice_with_the_same_key(till):
    body = build_registration(("mobile", MOBILE))

    first = till.post("customers", body, IDEMPOTENCY_KEY="k-1")
    again = till.post("customers", body, IDEMPOTENCY_KEY="k-1")
    other_body = build_registration(("mobile", "919010000023"))
    other = till.post("customers", other_body, IDEMPOTENCY_KEY="k-1")

    assert again.json() == first.json()
    assert read_refusal(other) == (422, 422)
    assert Customer.objects.count() == 1


def test_is_attributed_to_the_entity_that_the_headers_name(till):
    store = make_store(code="store.code")

    till.post(
        "customers",
        build_registration(("mobile", MOBILE)),
        X_CAP_API_ATTRIBUTION_ENTITY_TYPE="STORE_CODE",
        X_CAP_API_ATTRIBUTION_ENTITY_CODE="store.code",
    )
    unknown = till.post(
        "customers",
        build_registration(("mobile", "919010000023")),
        X_CAP_API_ATTRIBUTION_ENTITY_TYPE="STORE_CODE",
        X_CAP_API_ATTRIBUTION_ENTITY_CODE="nowhere",
    )

    assert read_refusal(unknown) == (400, 91021)
    customer = Customer.objects.get()
    assert customer.registered_by == store
    assert customer.profiles.get().created_by == store
