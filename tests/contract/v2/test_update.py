"""PUT /v2/customers/{id} and /v2/customers/lookup ..."""

import pytest

from customers.models import Channel, Customer, Identifier, Profile
from tests.builders import get_or_make_source_account, make_customer, make_field, make_profile
from tests.contract.v2.answers import list_warning_codes, read_refusal

pytestmark = pytest.mark.django_db

MOBILE = "919999000001"


@pytest.fixture
def person(till):
    customer = make_customer(
        identifiers=[("mobile", MOBILE)], first_name="", last_name="", loyalty_type="NON_LOYALTY"
    )
    make_profile(customer, get_or_make_source_account("WECHAT", "22232"), first_name="T.")
    return customer


@pytest.fixture(params=["id", "identifier"])
def put(till, person, request):
    """Update the person by either of the two operations, with a query and a body."""
    by = {
        "id": f"customers/{person.pk}?",
        "identifier": f"customers/lookup?identifierName=mobile&identifierValue={MOBILE}&",
    }[request.param]
    return lambda query, body, **headers: till.put(by + query, body, **headers)


def list_stored_rows():
    return [
        list(rows.order_by("pk").values())
        for rows in (
            Customer.objects,
            Profile.objects,
            Channel.objects,
            Identifier.objects,
        )
    ]


def test_keeps_what_the_body_says_in_the_source_of_the_query(put, person):
    make_field("gender", kind="CUSTOM", scope="PROFILE")
    make_field("city")

    answer = put(
        "source=INSTORE&use_async=true",
        {
            "profiles": [
                {
                    "firstName": "Tom",
                    "lastName": "Sawyer",
                    "fields": {"gender": "Male"},
                    "identifiers": [{"type": "mobile", "value": int(MOBILE)}],
                    "commChannels": [
                        {
                            "type": "email",
                            "value": "Tom@example.com",
                            "primary": "true",
                            "verified": "false",
                            "meta": {"residence": True},
                        }
                    ],
                    "source": "WECHAT",
                    "accountId": "1234",
                }
            ],
            "loyaltyInfo": {"loyaltyType": "loyalty"},
            "extendedFields": {"city": "Bangalore"},
        },
    )

    assert answer.json() == {"createdId": person.pk, "warnings": [], "sideEffects": []}
    person.refresh_from_db()
    profile = person.profiles.get(source_account__source="INSTORE")
    channel = profile.channels.get()
    assert (person.loyalty_type, person.extended_fields) == ("LOYALTY", {"city": "Bangalore"})
    assert (profile.first_name, profile.last_name) == ("Tom", "Sawyer")
    assert profile.fields == {"gender": "Male"}
    assert (channel.value, channel.is_primary, channel.meta) == (
        "tom@example.com",
        True,
        {"residence": True},
    )


def test_warns_of_identifiers_and_fields_that_it_leaves(put, person):
    answer = put(
        "source=INSTORE",
        {
            "profiles": [
                {"identifiers": [{"type": "wechat", "value": "wc_2"}], "fields": {"shoe": 44}}
            ],
            "extendedFields": {"hat": 7},
        },
    )

    assert sorted(list_warning_codes(answer)) == [1017, 91006, 91015]
    assert list(person.identifiers.values_list("type", "value")) == [("mobile", MOBILE)]


def test_updates_each_of_several_profiles(put, person):
    answer = put(
        "",
        {
            "profiles": [
                {"source": "INSTORE", "firstName": "In"},
                {"source": "WECHAT", "accountId": "22232", "firstName": "We"},
            ]
        },
    )

    assert list_warning_codes(answer) == []
    assert list(person.profiles.order_by("pk").values_list("first_name", flat=True)) == ["In", "We"]


def test_needs_no_profile_to_update_the_person(put, person):
    make_field("city")

    assert list_warning_codes(put("source=INSTORE", {"extendedFields": {"city": "Pune"}})) == []
    person.refresh_from_db()
    assert person.extended_fields == {"city": "Pune"}


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        ("", {}, (400, 8011)),
        ("source=ALL", {}, (400, 8011)),
        ("source=WECHAT", {}, (400, 8045)),
        ("source=WECHAT&accountId=nope", {}, (400, 8011)),
        ("source=WECHAT&accountId=1234", {}, (404, 8065)),
        ("source=WECHAT&accountId=1234", {"profiles": [{"firstName": "T"}]}, (404, 8065)),
        (
            "source=INSTORE",
            {"profiles": [{"source": "INSTORE"}, {"source": "WECHAT", "accountId": "22232"}]},
            (400, 8011),
        ),
        ("", {"profiles": [{"source": "INSTORE"}, {"source": "INSTORE"}]}, (400, 8011)),
        (
            "source=INSTORE",
            {"profiles": [{"commChannels": [{"type": "pigeon", "value": "x"}]}]},
            (400, 8010),
        ),
        (
            "source=INSTORE",
            {"profiles": [{"commChannels": [{"type": "email", "value": "x"}]}]},
            (400, 8057),
        ),
        (
            "source=INSTORE",
            {"profiles": [{"commChannels": [{"type": "mobile", "value": "x"}]}]},
            (400, 8058),
        ),
        ("source=INSTORE", {"loyaltyInfo": {"loyaltyType": "bronze"}}, (400, 400)),
        ("source=INSTORE", {"profiles": {"firstName": "T"}}, (400, 400)),
        ("source=INSTORE", {"extendedFields": []}, (400, 400)),
        ("source=INSTORE&use_async=maybe", {}, (400, 400)),
        ("source=INSTORE", [], (400, 400)),
        ("source=INSTORE", b'{"profiles": ', (400, 400)),
    ],
)
def test_refuses_and_changes_nothing(put, query, body, expected):
    before = list_stored_rows()

    assert read_refusal(put(query, body)) == expected
    assert list_stored_rows() == before


def test_refuses_to_take_loyalty_away(put, person):
    Customer.objects.update(loyalty_type="LOYALTY")
    before = list_stored_rows()

    answer = put("source=INSTORE", {"loyaltyInfo": {"loyaltyType": "non_loyalty"}})

    assert read_refusal(answer) == (400, 8018)
    assert list_stored_rows() == before


def test_refuses_nobody_and_victims_by_id(till, person):
    victim = make_customer(merged_into=person)

    assert read_refusal(till.put("customers/404?source=INSTORE", {})) == (404, 8009)
    answer = till.put(f"customers/{victim.pk}?source=INSTORE", {})
    assert read_refusal(answer) == (410, 8069)
    assert answer.json()["errors"][0]["survivorId"] == person.pk


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("identifierName=mobile&identifierValue=919999000002", (404, 8015)),
        ("identifierName=cardnumber&identifierValue=1", (404, 8015)),
        ("identifierName=mobile", (400, 8013)),
        ("", (400, 8013)),
    ],
)
def test_refuses_nobody_by_identifier(till, person, query, expected):
    assert read_refusal(till.put(f"customers/lookup?source=INSTORE&{query}", {})) == expected
