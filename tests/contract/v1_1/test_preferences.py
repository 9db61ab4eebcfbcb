"""Preferences in v1.1 ..."""

import pytest

from customers.models import Preferences
from tests.builders import make_customer, make_field, make_store
from tests.contract.v1_1.answers import build_item_status, build_status, list_item_codes
from tests.queries import count_queries

MOBILE, EMAIL = "447700900111", "rita@example.com"
PATH = "customer/preferences"


@pytest.fixture
def store(till):
    return make_store(code="store.1", name="Store One")


@pytest.fixture
def person(till, store):
    for name in ("Favorite Brand", "Favorite Color"):
        make_field(name, kind="CUSTOM", scope="PREFERENCE")
    return make_customer(
        identifiers=[("mobile", MOBILE), ("email", EMAIL), ("externalId", "R-1")],
    )


def build_fields(**values):
    return {"field": [{"name": name.replace("_", " "), "value": v} for name, v in values.items()]}


def build_item(**other):
    return {
        "mobile": MOBILE,
        "user_id": "sa234",
        "store": {"code": "store.1", "id": "7"},
        "custom_fields": build_fields(Favorite_Brand="[“Puma”]", Favorite_Color="Blue"),
        **other,
    }


def build_body(*items):
    return {"root": {"customer": list(items)}}


def build_heading(person):
    return {
        "user_id": str(person.pk),
        "mobile": MOBILE,
        "email": EMAIL,
        "external_id": "R-1",
    }


def test_are_updated_and_read_in_json(till, person, store, read_answer):
    updated = till.post(PATH, build_body(build_item()))

    both = build_fields(Favorite_Brand="Puma", Favorite_Color="Blue")
    assert read_answer(updated) == (
        build_status(),
        {
            "customers": {
                "customer": [
                    {
                        **build_heading(person),
                        "local_id": None,
                        "custom_fields": both,
                        "store": {
                            "id": str(store.pk),
                            "code": "store.1",
                            "name": "Store One",
                            "status": "SUCCESS",
                        },
                        "item_status": build_item_status("The preferences were updated.", "200"),
                    }
                ]
            }
        },
    )
    both["field"].append({"name": "PREFERRED_STORE", "value": "Store One"})
    assert read_answer(till.get(PATH, {"mobile": MOBILE})) == (
        build_status(),
        {
            "customers": {
                "customer": [
                    {
                        **build_heading(person),
                        "custom_fields": both,
                        "item_status": build_item_status("The preferences were retrieved.", "200"),
                    }
                ]
            }
        },
    )


def test_are_updated_and_read_in_xml(till, person, store, read_answer):
    body = (
        f"<root><customer><mobile>{MOBILE}</mobile><local_id /><store><code>store.1</code>"
        "<id>7</id></store><custom_fields><field><name>Favorite Brand</name>"
        "<value>[“Puma”]</value></field></custom_fields></customer></root>"
    )

    updated = till.post_xml(f"{PATH}?format=xml", body.encode())

    assert updated.content.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?><response><status><success>true</success>'
        "<code>200</code><message>SUCCESS</message><total>1</total>"
        "<success_count>1</success_count></status><customers><customer>"
        f"<user_id>{person.pk}</user_id><mobile>{MOBILE}</mobile><email>{EMAIL}</email>"
        "<external_id>R-1</external_id><local_id/><custom_fields><field>"
        "<name>Favorite Brand</name><value>Puma</value></field></custom_fields><store>"
        f"<id>{store.pk}</id><code>store.1</code><name>Store One</name><status>SUCCESS</status>"
        "</store><item_status><success>true</success><code>200</code>"
        "<message>The preferences were updated.</message><warnings></warnings></item_status>"
        "</customer></customers></response>"
    )
    _, read = read_answer(till.get(PATH, {"id": person.pk, "format": "xml"}))
    assert read["customers"]["customer"]["custom_fields"] == {
        "field": [
            {"name": "Favorite Brand", "value": "Puma"},
            {"name": "PREFERRED_STORE", "value": "Store One"},
        ]
    }


def test_read_again_are_kept_as_far_as_they_can_be(till, person, read_answer):
    changes = build_item(
        store={"code": "nowhere", "id": "5"},
        custom_fields=build_fields(Favorite_Color="Blue", Shoe_size="42"),
    )

    status, answer = read_answer(till.post(PATH, build_body(changes)))

    assert status == build_status()
    [row] = answer["customers"]["customer"]
    assert row["custom_fields"] == build_fields(Favorite_Color="Blue")
    assert row["store"] == {"id": "5", "code": "nowhere", "name": None, "status": "FAILED"}
    warnings = row["item_status"]["warnings"]["warning"]
    assert [warning["code"] for warning in warnings] == ["1017", "1053", "1035"]


def test_let_one_customer_fail_and_do_the_others(till, person, read_answer):
    items = [
        build_item(),
        build_item(store=None, custom_fields=build_fields(Shoe_size="42")),
        build_item(store="", custom_fields=""),
        build_item(store={"code": "", "id": "x"}, custom_fields=build_fields(Shoe_size="1")),
        build_item(store="store.1"),
        build_item(custom_fields=["x"]),
        build_item(mobile="917000000000", user_id=""),
        {},
    ]

    status, answer = read_answer(till.post(PATH, build_body(*items)))

    assert status == build_status(201, len(items), success_count=1)
    assert list_item_codes(answer["customers"]["customer"]) == [
        ("true", "200"),
        ("false", "1030"),
        ("false", "1030"),
        ("false", "1030"),
        ("false", "400"),
        ("false", "400"),
        ("false", "1012"),
        ("false", "1015"),
    ]


def test_stay_where_they_are_not_named_and_go_where_they_are_blank(till, person, read_answer):
    till.post(PATH, build_body(build_item()))
    change = {
        "mobile": MOBILE,
        "custom_fields": build_fields(Favorite_Color="", Favorite_Brand="Ada"),
    }

    _, answer = read_answer(till.post(PATH, build_body(change)))

    [row] = answer["customers"]["customer"]
    assert row["custom_fields"] == build_fields(Favorite_Brand="Ada")
    assert "store" not in row
    assert Preferences.objects.get().preferred_store is not None


def test_are_refused_by_name_where_none_was_ever_set(till, person, read_answer):
    status, answer = read_answer(till.get(PATH, {"mobile": MOBILE}))

    assert status == build_status(500)
    [row] = answer["customers"]["customer"]
    assert list_item_codes([row]) == [("false", "1031")]
    assert row["custom_fields"] == {"field": []}


def test_of_a_merged_customer_are_the_survivors(till, person, read_answer):
    victim = make_customer(merged_into=person, identifiers=[])

    _, written = read_answer(
        till.post(PATH, build_body(build_item(mobile="", user_id=str(victim.pk))))
    )
    _, read = read_answer(till.get(PATH, {"user_id": victim.pk}))

    [row], [shown] = written["customers"]["customer"], read["customers"]["customer"]
    assert row["user_id"] == shown["user_id"] == str(person.pk)
    [warning] = row["item_status"]["warnings"]["warning"]
    assert warning["code"] == shown["item_status"]["code"] == "91009"


def test_ask_for_as_much_of_many_customers_as_of_one(till, person):
    make_customer(identifiers=[("mobile", "447700900112")])
    till.post(PATH, build_body(build_item(), build_item(mobile="447700900112")))
    till.get(PATH, {"mobile": MOBILE})

    for_one = count_queries(lambda: till.get(PATH, {"mobile": MOBILE}))
    for_two = count_queries(lambda: till.get(PATH, {"mobile": f"{MOBILE},447700900112"}))

    assert for_one == for_two
