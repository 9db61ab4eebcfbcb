"""Registering in v1.1 ..."""

import pytest
from django.db import connection

from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from customers.models import Channel, Customer, Profile, Subscription
from loyalty.models import Enrollment
from tests.builders import (
    make_customer,
    make_field,
    make_program,
)
from tests.card_builders import make_coupon_series
from tests.contract.v1_1.add_bodies import (
    EMAIL,
    MOBILE,
    PATH,
    add_customers,
    build_body,
    build_customer_item,
    list_identifiers,
    list_warning_codes,
)
from tests.contract.v1_1.answers import build_item_status, build_status, list_item_codes
from tests.queries import count_queries


@pytest.mark.usefixtures("fields")
def test_answers_a_newcomer_whole(till, read_answer):
    make_program(is_default=True, registration_bonus=50)

    answer = till.post(
        PATH,
        build_body(
            build_customer_item(
                external_id="XYPZ006",
                registered_on="2012-09-11 11:11:15",
                extended_fields={"field": [{"name": "color", "value": "black"}]},
                custom_fields={"field": {"name": "hobbies", "value": "[“Singing”]>"}},
            )
        ),
    )

    customer = Customer.objects.get()
    status, response = read_answer(answer)
    [row] = response["customers"]["customer"]
    updated_on = row.pop("updated_on")
    assert answer.status_code == 200
    assert status == build_status()
    assert row == {
        "user_id": str(customer.pk),
        "mobile": MOBILE,
        "email": EMAIL,
        "external_id": "XYPZ006",
        "registered_on": "2012-09-11 11:11:15",
        "type": "LOYALTY",
        "firstname": "Rita",
        "lastname": "John",
        "extended_fields": {"field": [{"name": "color", "value": "black"}]},
        "custom_fields": {"field": [{"name": "Hobbies", "value": "[“Singing”]>"}]},
        "item_status": build_item_status("The customer was registered."),
        "side_effects": {
            "effect": [{"type": "points", "awarded_points": "50", "total_points": "50"}]
        },
        "lifetime_points": "50",
        "lifetime_purchases": "0",
        "loyalty_points": "50",
        "current_slab": row["current_slab"],
    }
    assert row["current_slab"]
    assert len(updated_on) == len("2012-09-11 11:11:15")
    assert sorted(Channel.objects.values_list("type", "value", "is_primary")) == [
        ("email", EMAIL, True),
        ("mobile", MOBILE, True),
    ]


def test_reads_and_answers_xml(till, read_answer):
    body = (
        "<root><customer><mobile>+44 7700 900111</mobile><firstname>Rita</firstname>"
        "<extended_fields><field><name>none</name><value/></field></extended_fields>"
        "<custom_fields/></customer><customer><email>b@example.com</email></customer></root>"
    )

    status, response = read_answer(till.post_xml(f"{PATH}?format=xml", body.encode()))

    first, second = response["customers"]["customer"]
    assert status["success"] == "true"
    assert (first["mobile"], first["email"], first["lastname"]) == (MOBILE, "", "")
    assert first["item_status"]["warnings"]["warning"]["code"] == "91015"
    assert (second["email"], second["side_effects"]) == ("b@example.com", "")
    assert list_identifiers() == [("email", "b@example.com"), ("mobile", MOBILE)]


def test_lets_one_fail_and_registers_the_others(till, read_answer):
    items = [
        build_customer_item(),
        {"mobile": "x"},
        {"email": "no address", "firstname": "A"},
        {"external_id": "x" * 300},
        {"firstname": "Nobody"},
        build_customer_item(mobile="447700900112", email=None, registered_on="soon"),
        build_customer_item(mobile="447700900112", email=None, registered_on="2999-01-01"),
        build_customer_item(mobile="447700900112", email=None, type="FRIEND"),
        build_customer_item(mobile="447700900112", email=None, firstname="x" * 200),
        build_customer_item(
            mobile="447700900112", email=None, subscriptions={"subscription": {"channel": "x"}}
        ),
        {"id": "77"},
        {"mobile": {"a": "b"}},
        build_customer_item(mobile="447700900113", email=None),
    ]

    answer = till.post(PATH, build_body(*items))

    status, response = read_answer(answer)
    rows = response["customers"]["customer"]
    assert status == build_status(201, total=13, success_count=2)
    assert list_item_codes(rows) == [
        ("true", "1000"),
        ("false", "1001"),
        ("false", "1002"),
        ("false", "1003"),
        ("false", "1007"),
        ("false", "1034"),
        ("false", "1034"),
        ("false", "400"),
        ("false", "1024"),
        ("false", "1106"),
        ("false", "1011"),
        ("false", "1001"),
        ("true", "1000"),
    ]
    assert rows[2] == {
        "email": "no address",
        "firstname": "A",
        "item_status": {
            "success": "false",
            "code": "1002",
            "message": "The email address cannot be read.",
            "warnings": {"warning": []},
        },
    }
    assert list_identifiers() == [("email", EMAIL), ("mobile", MOBILE), ("mobile", "447700900113")]


def test_passes_over_what_cannot_be_read_and_what_does_not_fit(till, read_answer):
    [row] = add_customers(
        till,
        read_answer,
        build_customer_item(
            email="no address",
            custom_fields={"field": {"name": "unknown", "value": "1"}},
            extended_fields={"field": {"name": "unknown", "value": "1"}},
        ),
    )

    assert list_item_codes([row]) == [("true", "1000")]
    assert list_warning_codes(row) == ["1002", "1017", "91015"]
    assert list_identifiers() == [("mobile", MOBILE)]


def test_keeps_the_type_and_raises_it_only(till, read_answer):
    rows = add_customers(
        till,
        read_answer,
        build_customer_item(type="not_interested"),
        build_customer_item(type="NON_LOYALTY"),
        build_customer_item(type="Loyalty"),
        build_customer_item(type="NON_LOYALTY"),
        build_customer_item(),
    )

    assert list_item_codes(rows)[3] == ("false", "1046")
    assert [row["type"] for row in rows] == [
        "LOYALTY",
        "LOYALTY",
        "LOYALTY",
        "NON_LOYALTY",
        "LOYALTY",
    ]
    assert Customer.objects.get().loyalty_type == "LOYALTY"


def test_read_again_1045_non_loyalty_needs_a_mobile_or_an_email(till, read_answer):
    unreachable = {"external_id": "E-1", "firstname": "Rita", "type": "NON_LOYALTY"}
    rows = add_customers(till, read_answer, unreachable, build_customer_item(type="NON_LOYALTY"))

    assert list_item_codes(rows) == [("false", "1045"), ("true", "1000")]
    assert Customer.objects.get().loyalty_type == "NON_LOYALTY"


def test_keeps_consent(till, read_answer):
    subscriptions = [
        {"priority": priority, "scope": "all", "is_subscribed": "0", "channel": "sms"}
        for priority in ("TRANS", "BULK")
    ]

    add_customers(
        till, read_answer, build_customer_item(subscriptions={"subscription": subscriptions[0]})
    )
    add_customers(
        till, read_answer, build_customer_item(subscriptions={"subscription": subscriptions[1]})
    )

    assert sorted(Subscription.objects.values_list("channel", "priority", "status")) == [
        ("SMS", "BULK", "OPTOUT"),
        ("SMS", "TRANS", "OPTOUT"),
    ]


def test_asks_for_what_the_organization_asks_for(till, read_answer):
    unit_of_work(change_settings)(
        org_id=till.org.pk,
        values={
            "CONF_MOBILE_MANDATORY": 1,
            "CONF_EMAIL_MANDATORY": 1,
            "CONF_EXTERNAL_ID_MANDATORY": 1,
            "CONF_REGISTRATION_MAX_AGE_DAYS": 30,
        },
    )
    make_field("city", kind="CUSTOM", scope="PROFILE", is_mandatory=True)
    item = build_customer_item(external_id="R-1")
    city = {"custom_fields": {"field": {"name": "City", "value": "Pune"}}}
    known = make_customer(identifiers=[("email", "c@example.com")], loyalty_type="NON_LOYALTY")

    rows = add_customers(
        till,
        read_answer,
        {**item, "mobile": ""},
        {**item, "email": None},
        {**item, "external_id": ""},
        {**item, "mobile": "x"},
        item,
        {**item, **city, "registered_on": "2012-09-11 11:11:15"},
        {"email": "c@example.com", "type": "LOYALTY"},
        {"email": "c@example.com", "type": "LOYALTY", "mobile": "447700900118"},
        {"mobile": "447700900119", "type": "NOT_INTERESTED", **city},
        {**item, **city},
    )

    assert list_item_codes(rows) == [
        ("false", "1006"),
        ("false", "1039"),
        ("false", "1043"),
        ("false", "1001"),
        ("false", "1017"),
        ("false", "1034"),
        ("false", "1047"),
        ("false", "1049"),
        ("true", "1000"),
        ("true", "1000"),
    ]
    assert list_identifiers(known.pk) == [("email", "c@example.com")]


def test_registers_one_person_named_twice_in_a_batch_once(till, read_answer):
    rows = add_customers(
        till, read_answer, build_customer_item(), build_customer_item(firstname="Rita Maria")
    )

    assert rows[0]["user_id"] == rows[1]["user_id"]
    assert rows[1]["firstname"] == "Rita Maria"
    assert Customer.objects.count() == 1


def test_registers_once_by_an_idempotency_key(till, read_answer):
    make_program(is_default=True, registration_bonus=50)

    first = till.post(PATH, build_body(build_customer_item()), idempotency_key="k")
    again = till.post(PATH, build_body(build_customer_item()), idempotency_key="k")

    assert again.content == first.content
    assert read_answer(again)[1]["customers"]["customer"][0]["side_effects"]["effect"]


def test_reaches_nobody_of_another_organization(till, stranger, read_answer):
    theirs = make_customer(identifiers=[("mobile", MOBILE)])

    rows = add_customers(
        stranger, read_answer, build_customer_item(), {"id": theirs.pk, "firstname": "Stolen"}
    )

    assert list_item_codes(rows) == [("true", "1000"), ("false", "1011")]
    assert rows[0]["user_id"] != str(theirs.pk)
    assert Profile.objects.get(customer=theirs).first_name != "Stolen"


def test_shows_any_number_in_as_many_queries_besides_their_own_units(till):
    def build_items(first, number):
        return [{"mobile": f"4477009{first + n:05}"} for n in range(number)]

    till.post(PATH, build_body(*build_items(10, 1)))
    for_one, for_two, for_five = (
        count_queries(lambda f=first, n=number: till.post(PATH, build_body(*build_items(f, n))))
        for first, number in ((20, 1), (30, 2), (40, 5))
    )

    assert for_five - for_two == 3 * (for_two - for_one)


def test_adding_with_everything_on_takes_few_statements(till, read_answer):
    make_program(
        is_default=True, registration_bonus=50, welcome_series=make_coupon_series("welcome")
    )
    till.post(PATH, build_body(build_customer_item(mobile="919010000031", email=None)))

    def add_another():
        item = build_customer_item(mobile="919010000032", email="b@example.com", external_id="X-2")
        _, response = read_answer(till.post(PATH, build_body(item)))
        [row] = response["customers"]["customer"]
        assert len(row["side_effects"]["effect"]) == 2

    # With the savepoints that a unit of work and its effects are in a test.
    assert count_queries(add_another) <= {"postgresql": 20, "sqlite": 31}[connection.vendor]


def test_whoever_is_marked_as_fraud_from_the_start_earns_nothing(till, read_answer):
    make_program(is_default=True, registration_bonus=50)
    item = build_customer_item(fraud_status={"status": "CONFIRMED", "reason": "Stolen card"})

    _, response = read_answer(till.post(PATH, build_body(item)))

    [row] = response["customers"]["customer"]
    assert row["side_effects"]["effect"] == []
    assert Enrollment.objects.get().points == 0
