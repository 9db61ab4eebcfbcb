"""Preferences in v1.1 ..."""

import pytest

from crm.tenancy.models import Scope
from customers.models import Preferences
from tests.builders import make_credential, make_customer, make_field, make_store
from tests.contract.v1_1.answers import codes, done, whole
from tests.crm.callers import basic
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


def fields(**values):
    return {"field": [{"name": name.replace("_", " "), "value": v} for name, v in values.items()]}


def item(**other):
    return {
        "mobile": MOBILE,
        "user_id": "sa234",
        "store": {"code": "store.1", "id": "7"},
        "custom_fields": fields(Favorite_Brand="[“Puma”]", Favorite_Color="Blue"),
        **other,
    }


def root(*items):
    return {"root": {"customer": list(items)}}


def head(person):
    return {
        "user_id": str(person.pk),
        "mobile": MOBILE,
        "email": EMAIL,
        "external_id": "R-1",
    }


def test_are_updated_and_read_in_json(till, person, store, said):
    updated = till.post(PATH, root(item()))

    both = fields(Favorite_Brand="Puma", Favorite_Color="Blue")
    assert said(updated) == (
        whole(),
        {
            "customers": {
                "customer": [
                    {
                        **head(person),
                        "local_id": None,
                        "custom_fields": both,
                        "store": {
                            "id": str(store.pk),
                            "code": "store.1",
                            "name": "Store One",
                            "status": "SUCCESS",
                        },
                        "item_status": done("The preferences were updated.", "200"),
                    }
                ]
            }
        },
    )
    both["field"].append({"name": "PREFERRED_STORE", "value": "Store One"})
    assert said(till.get(PATH, {"mobile": MOBILE})) == (
        whole(),
        {
            "customers": {
                "customer": [
                    {
                        **head(person),
                        "custom_fields": both,
                        "item_status": done("The preferences were retrieved.", "200"),
                    }
                ]
            }
        },
    )


def test_are_updated_and_read_in_xml(till, person, store, said):
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
    _, read = said(till.get(PATH, {"id": person.pk, "format": "xml"}))
    assert read["customers"]["customer"]["custom_fields"] == {
        "field": [
            {"name": "Favorite Brand", "value": "Puma"},
            {"name": "PREFERRED_STORE", "value": "Store One"},
        ]
    }


def test_are_kept_as_far_as_they_can_be(till, person, said):
    given = item(
        store={"code": "nowhere", "id": "5"},
        custom_fields=fields(Favorite_Color="Blue", Shoe_size="42"),
    )

    status, answer = said(till.post(PATH, root(given)))

    assert status == whole()
    [row] = answer["customers"]["customer"]
    assert row["custom_fields"] == fields(Favorite_Color="Blue")
    assert row["store"] == {"id": "5", "code": "nowhere", "name": None, "status": "FAILED"}
    warnings = row["item_status"]["warnings"]["warning"]
    assert [warning["code"] for warning in warnings] == ["1017", "1004", "1035"]


def test_let_one_customer_fail_and_do_the_others(till, person, said):
    items = [
        item(),
        item(store=None, custom_fields=fields(Shoe_size="42")),
        item(store="", custom_fields=""),
        item(store={"code": "", "id": "x"}, custom_fields=fields(Shoe_size="1")),
        item(store="store.1"),
        item(custom_fields=["x"]),
        item(mobile="917000000000", user_id=""),
        {},
    ]

    status, answer = said(till.post(PATH, root(*items)))

    assert status == whole(201, len(items), done=1)
    assert codes(answer["customers"]["customer"]) == [
        ("true", "200"),
        ("false", "1030"),
        ("false", "1030"),
        ("false", "1030"),
        ("false", "400"),
        ("false", "400"),
        ("false", "1012"),
        ("false", "1015"),
    ]


def test_stay_where_they_are_not_named_and_go_where_they_are_blank(till, person, said):
    till.post(PATH, root(item()))
    change = {"mobile": MOBILE, "custom_fields": fields(Favorite_Color="", Favorite_Brand="Ada")}

    _, answer = said(till.post(PATH, root(change)))

    [row] = answer["customers"]["customer"]
    assert row["custom_fields"] == fields(Favorite_Brand="Ada")
    assert "store" not in row
    assert Preferences.objects.get().preferred_store is not None


def test_are_refused_by_name_where_none_was_ever_set(till, person, said):
    status, answer = said(till.get(PATH, {"mobile": MOBILE}))

    assert status == whole(500)
    [row] = answer["customers"]["customer"]
    assert codes([row]) == [("false", "1031")]
    assert row["custom_fields"] == {"field": []}


def test_of_a_merged_customer_are_the_survivors(till, person, said):
    victim = make_customer(merged_into=person, identifiers=[])

    _, written = said(till.post(PATH, root(item(mobile="", user_id=str(victim.pk)))))
    _, read = said(till.get(PATH, {"user_id": victim.pk}))

    [row], [shown] = written["customers"]["customer"], read["customers"]["customer"]
    assert row["user_id"] == shown["user_id"] == str(person.pk)
    [warning] = row["item_status"]["warnings"]["warning"]
    assert warning["code"] == shown["item_status"]["code"] == "91009"


def test_of_another_organization_are_unknown(till, person, stranger, said):
    till.post(PATH, root(item()))

    _, read = said(stranger.get(PATH, {"id": person.pk}))
    _, written = said(stranger.post(PATH, root(item())))

    assert codes(read["customers"]["customer"]) == [("false", "1011")]
    assert written["customers"]["customer"][0]["item_status"]["success"] == "false"
    assert Preferences.objects.count() == 1


def test_need_the_right_scopes(till, person, client):
    reader = make_credential(entity=till.entity, login="reader", scopes=[Scope.CUSTOMERS_READ])
    answer = client.post(
        f"/v1.1/{PATH}", root(item()), content_type="application/json", **basic(reader.login)
    )

    assert answer.status_code == 403
    assert not Preferences.objects.exists()


def test_ask_for_as_much_of_many_customers_as_of_one(till, person):
    make_customer(identifiers=[("mobile", "447700900112")])
    till.post(PATH, root(item(), item(mobile="447700900112")))
    till.get(PATH, {"mobile": MOBILE})

    one = count_queries(lambda: till.get(PATH, {"mobile": MOBILE}))
    two = count_queries(lambda: till.get(PATH, {"mobile": f"{MOBILE},447700900112"}))

    assert one == two
