"""Updating in v1.1 ..."""

import pytest

from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from customers.models import Channel, Identifier, Profile
from tests.builders import get_or_make_source_account, make_customer, make_field, make_profile
from tests.contract.v1_1.answers import build_item_status, build_status, list_item_codes

PATH = "customer/update"
MOBILE, EMAIL = "447700900111", "rita@example.com"


@pytest.fixture
def rita(till):
    return make_customer(
        identifiers=[("mobile", MOBILE), ("email", EMAIL)],
        channels=[("email", EMAIL)],
        first_name="Rita",
        last_name="John",
    )


def build_body(*items):
    return {"root": {"customer": list(items)}}


def update_customers(till, read_answer, *items):
    _, response = read_answer(till.post(PATH, build_body(*items)))
    return response["customers"]["customer"]


def list_identifiers(customer):
    return sorted(Identifier.objects.filter(customer=customer).values_list("type", "value"))


def list_warning_codes(row):
    return [warning["code"] for warning in row["item_status"]["warnings"]["warning"]]


def allow_update(till, *names):
    unit_of_work(change_settings)(org_id=till.org.pk, values=dict.fromkeys(names, 1))


def test_answers_the_customer_whole(till, rita, read_answer):
    make_field("color")
    make_field("age", kind="CUSTOM", scope="PROFILE")

    answer = till.post(
        f"{PATH}?user_id=true",
        {
            "root": {
                "customer": {
                    "mobile": MOBILE,
                    "email": EMAIL,
                    "external_id": "ts1234",
                    "firstname": "Maria",
                    "extended_fields": {"field": {"name": "color", "value": "black"}},
                    "custom_fields": {"field": {"name": "age", "value": 46}},
                }
            }
        },
    )

    status, response = read_answer(answer)
    [row] = response["customers"]["customer"]
    assert row.pop("updated_on") > row["registered_on"]
    assert status == build_status()
    assert row == {
        "user_id": str(rita.pk),
        "mobile": MOBILE,
        "email": EMAIL,
        "external_id": "ts1234",
        "registered_on": "2026-03-02 17:30:00",
        "type": "LOYALTY",
        "firstname": "Maria",
        "lastname": "John",
        "extended_fields": {"field": [{"name": "color", "value": "black"}]},
        "custom_fields": {"field": [{"name": "age", "value": "46"}]},
        "item_status": build_item_status("The customer was updated."),
        "side_effects": {"effect": []},
        "lifetime_points": "0",
        "lifetime_purchases": "0",
        "loyalty_points": "0",
        "current_slab": None,
    }


def test_reads_and_answers_xml(till, rita, read_answer):
    body = (
        f"<root><customer><email>{EMAIL}</email>"
        "<lastname>O'Hara &amp; Sons</lastname></customer></root>"
    )

    answer = till.post_xml(f"{PATH}?format=xml", body.encode())

    _, response = read_answer(answer)
    assert b"<lastname>O'Hara &amp; Sons</lastname>" in answer.content
    assert response["customers"]["customer"]["firstname"] == "Rita"


def test_updates_only_who_is_known(till, rita, read_answer):
    rows = update_customers(
        till,
        read_answer,
        {"mobile": "447700900199", "firstname": "New"},
        {"firstname": "Nobody"},
        {"id": "77"},
        {"mobile": "x"},
        {"mobile": MOBILE, "type": "NON_LOYALTY"},
    )

    assert list_item_codes(rows) == [
        ("false", "1012"),
        ("false", "1015"),
        ("false", "1011"),
        ("false", "1042"),
        ("false", "1046"),
    ]
    assert Profile.objects.get().first_name == "Rita"


@pytest.mark.parametrize(
    ("switches", "expected", "warnings"),
    [
        ([], ("rita@example.com", "R-1"), ["91006", "91006"]),
        (["CONF_ALLOW_EMAIL_UPDATE"], ("new@example.com", "R-1"), ["91006"]),
        (["CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE"], ("rita@example.com", "R-2"), ["91006"]),
        (
            ["CONF_ALLOW_EMAIL_UPDATE", "CONF_LOYALTY_ALLOW_EXTERNAL_ID_UPDATE"],
            ("new@example.com", "R-2"),
            [],
        ),
    ],
)
def test_replaces_what_the_organization_allows(
    till, rita, read_answer, switches, expected, warnings
):
    allow_update(till, *switches)
    update_customers(till, read_answer, {"mobile": MOBILE, "external_id": "R-1"})

    [row] = update_customers(
        till, read_answer, {"mobile": MOBILE, "email": "new@example.com", "external_id": "R-2"}
    )

    assert (row["email"], row["external_id"]) == expected
    assert list_warning_codes(row) == warnings
    assert list_identifiers(rita) == [
        ("email", expected[0]),
        ("externalId", expected[1]),
        ("mobile", MOBILE),
    ]
    assert Channel.objects.filter(type="email", value=expected[0]).exists()


def test_never_replaces_the_primary_identifier(till, rita, read_answer):
    allow_update(till, "CONF_ALLOW_MOBILE_UPDATE")

    [row] = update_customers(till, read_answer, {"email": EMAIL, "mobile": "447700900199"})

    assert (list_warning_codes(row), row["mobile"]) == (["91005"], MOBILE)


def test_replaces_a_mobile_that_is_not_primary(till, rita, read_answer):
    till.org.primary_identifier = "email"
    till.org.save()
    allow_update(till, "CONF_ALLOW_MOBILE_UPDATE")

    [row] = update_customers(till, read_answer, {"email": EMAIL, "mobile": "447700900199"})

    assert (list_warning_codes(row), row["mobile"]) == ([], "447700900199")
    assert list_identifiers(rita) == [("email", EMAIL), ("mobile", "447700900199")]


def test_leaves_out_what_somebody_else_has(till, rita, read_answer):
    other = make_customer(identifiers=[("email", "o@example.com")])
    allow_update(till, "CONF_ALLOW_EMAIL_UPDATE")

    [row] = update_customers(till, read_answer, {"mobile": MOBILE, "email": "o@example.com"})

    assert (list_warning_codes(row), row["user_id"]) == (["91007"], str(rita.pk))
    assert list_identifiers(other) == [("email", "o@example.com")]


def test_replaces_wherever_the_customer_has_it(till, rita, read_answer):
    wechat = make_profile(
        rita, get_or_make_source_account("WECHAT", "22232"), identifiers=[("email", EMAIL)]
    )
    allow_update(till, "CONF_ALLOW_EMAIL_UPDATE")

    update_customers(till, read_answer, {"mobile": MOBILE, "email": "new@example.com"})

    assert [held_.identifier.value for held_ in wechat.profile_identifiers.all()] == [
        "new@example.com"
    ]


def test_brings_somebody_known_elsewhere_in(till, read_answer):
    known = make_customer(
        identifiers=[("mobile", MOBILE)],
        source_account=get_or_make_source_account("WECHAT", "22232"),
    )

    [row] = update_customers(till, read_answer, {"mobile": MOBILE, "lastname": "John"})

    assert (row["user_id"], row["lastname"], row["firstname"]) == (str(known.pk), "John", "Asha")
    assert Profile.objects.filter(customer=known).count() == 2
