"""The advanced search in v1.1 ..."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from loyalty.models import Transaction
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_field,
    make_program,
    make_store,
    make_till,
)
from tests.queries import count_queries

MOBILE, EMAIL = "447700900111", "rita@example.com"
PATH = "customer/search"


@pytest.fixture
def person(till):
    make_field("customer_age", kind="CUSTOM", scope="PROFILE")
    make_field("member", kind="CUSTOM", scope="PROFILE", data_type="BOOLEAN")
    rita = make_customer(
        first_name="Rita",
        last_name="Moreno",
        identifiers=[("mobile", MOBILE), ("email", EMAIL), ("externalId", "R-1")],
        fields={"customer_age": "26-35", "member": True},
        registered_by=make_till(code="pe.bond", parent=make_store(code="bond")),
        registered_at=datetime(2012, 12, 25, 11, 25, 32, tzinfo=ZoneInfo("Asia/Kolkata")),
    )
    make_enrollment(rita, make_program(is_default=True), points=355, purchases=10_800)
    Transaction.objects.create(
        org=till.org,
        customer=rita,
        type="REGULAR",
        number="B1",
        billed_at=NOON,
        amount=1_000,
        gross_amount=1_000,
        recorded_at=NOON,
    )
    return rita


def search(till, query, **more):
    return till.get(PATH, {"q": query, **more})


def test_tells_of_everybody_who_meets_the_conditions_in_json(till, person, read_answer):
    answer = search(till, f"mobile:EQUALS:{MOBILE}")

    assert answer.status_code == 200
    assert read_answer(answer) == (
        {"success": "true", "code": 200, "message": "SUCCESS"},
        {
            "customer": {
                "count": "1",
                "start": "0",
                "rows": "10",
                "results": {
                    "item": [
                        {
                            "user_id": str(person.pk),
                            "org_id": str(till.org.pk),
                            "firstname": "Rita",
                            "lastname": "Moreno",
                            "mobile": MOBILE,
                            "email": EMAIL,
                            "external_id": "R-1",
                            "loyalty_points": "355",
                            "lifetime_points": "355",
                            "lifetime_purchases": "10800",
                            "current_slab": "SILVER",
                            "registered_on": "2012-12-25 11:25:32",
                            "registered_by": "pe.bond",
                            "last_trans_value": "1000",
                            "attributes": {
                                "attribute": [
                                    {"name": "customer_age", "value": "26-35"},
                                    {"name": "member", "value": "true"},
                                ]
                            },
                        }
                    ]
                },
                "warnings": {"warning": []},
            }
        },
    )


def test_tells_the_same_in_xml(till, person, read_answer):
    status, rest = read_answer(search(till, "(firstname:STARTS:ri) & (slab:SILVER)", format="xml"))

    assert status == {"success": "true", "code": "200", "message": "SUCCESS"}
    item = rest["customer"]["results"]["item"]
    assert (item["user_id"], item["loyalty_points"]) == (str(person.pk), "355")
    assert item["registered_on"] == "2012-12-25 11:25:32"
    assert item["attributes"]["attribute"][0] == {"name": "customer_age", "value": "26-35"}


def test_pages(till, read_answer):
    ids = [str(make_customer(first_name="Tom").pk) for _ in range(3)]

    pages = [
        read_answer(search(till, "firstname:tom", start=at, rows=2))[1]["customer"] for at in (0, 2)
    ]

    ids_by_page = [[item["user_id"] for item in page["results"]["item"]] for page in pages]
    assert ids_by_page == [ids[:2], ids[2:]]
    assert [(page["count"], page["start"], page["rows"]) for page in pages] == [
        ("3", "0", "2"),
        ("3", "2", "2"),
    ]


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("", "character 1: a condition is missing: attribute:OPERATOR:value"),
        ("(firstname:LIKE:tom)", "character 12: no operator"),
        ("shoe:EXACT:8", "character 1: neither an attribute that can be searched nor a field"),
        ("(firstname:tom", "character 1: the bracket is never closed"),
        ("loyalty_points:GREATER:\x00", "character 24: a character that no text holds"),
    ],
)
def test_says_where_a_query_cannot_be_understood(till, read_answer, query, complaint, form):
    answer = search(till, query, format=form)

    status, _ = read_answer(answer)
    assert answer.status_code == 400
    assert (status["success"], str(status["code"])) == ("false", "400")
    assert complaint in status["message"]


@pytest.mark.parametrize(
    "paging", [{"start": "-1"}, {"start": "10001"}, {"rows": "0"}, {"rows": "101"}, {"rows": "x"}]
)
def test_refuses_pages_that_there_are_not(till, read_answer, paging):
    answer = search(till, "firstname:tom", **paging)

    assert (answer.status_code, read_answer(answer)[0]["code"]) == (400, 400)


def test_warns_of_what_was_not_looked_at(till, read_answer, monkeypatch):
    monkeypatch.setattr("loyalty.queries.advanced_search.MAX_SCANNED", 1)
    for _ in range(2):
        make_customer(first_name="Tom")

    _, rest = read_answer(search(till, "firstname:ENDS:om"))

    [warning] = rest["customer"]["warnings"]["warning"]
    assert warning["code"] == "91106"
    assert "the first 1 customers only" in warning["message"]


def test_costs_the_same_however_many_are_found(till, person):
    query = "registered_date:GREATER:2000-01-01"
    search(till, query)
    for_one = count_queries(lambda: search(till, query))
    for _ in range(9):
        make_customer()

    assert count_queries(lambda: search(till, query)) == for_one
