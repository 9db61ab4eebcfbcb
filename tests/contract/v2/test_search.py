"""GET /v2/customers/search ..."""

import pytest

from tests.builders import get_or_make_source_account, make_customer, make_profile
from tests.contract.v2.answers import read_refusal

pytestmark = pytest.mark.django_db


def test_answers_matches_and_profiles_of_every_source(till):
    tom = make_customer(
        identifiers=[("email", "tomcat@example.com")], first_name="Tom", last_name="Sawyer"
    )
    make_profile(
        tom, get_or_make_source_account("WECHAT", "22232"), first_name="T.", last_name="S."
    )

    answer = till.get("customers/search?limit=5&offset=0&q=TOM")

    assert answer.status_code == 200
    body = answer.json()
    in_store = {"source": "INSTORE", "accountId": ""}
    assert body.keys() == {"pagination", "data", "warnings", "errors"}
    assert body["pagination"] == {"limit": 5, "offset": 0, "total": 1}
    assert (body["warnings"], body["errors"]) == ([], [])
    [row] = body["data"]
    assert row.keys() == {"userId", "matchedIdentifiers", "profiles"}
    assert row["userId"] == tom.pk
    assert {"idType": "firstName", "idValue": "Tom", **in_store} in row["matchedIdentifiers"]
    assert {"idType": "email", "idValue": "tomcat@example.com", **in_store} in row[
        "matchedIdentifiers"
    ]
    assert row["profiles"] == [
        {"firstName": "Tom", "lastName": "Sawyer", **in_store},
        {"firstName": "T.", "lastName": "S.", "source": "WECHAT", "accountId": "22232"},
    ]


def test_pages_without_gap_or_repeat(till):
    customer_ids = {make_customer(first_name="Tom").pk for _ in range(5)}

    pages = [
        till.get("customers/search", {"q": "tom", "limit": 2, "offset": offset}).json()
        for offset in (0, 2, 4, 6)
    ]

    assert [page["pagination"]["total"] for page in pages] == [5] * 4
    ids = [row["userId"] for page in pages for row in page["data"]]
    assert sorted(ids) == sorted(customer_ids)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=",
        "q=%20",
        "q=" + "x" * 101,
        "q=a%00b",
        "q=tom&limit=0",
        "q=tom&limit=101",
        "q=tom&limit=ten",
        "q=tom&offset=-1",
        "q=tom&offset=10001",
        "q=tom&offset=" + "9" * 30,
    ],
)
def test_refuses(till, query):
    assert read_refusal(till.get(f"customers/search?{query}")) == (400, 400)


def test_read_again_a_source_narrows_the_search(till):
    wechat = get_or_make_source_account("WECHAT", "22232")
    tom = make_customer(first_name="Tom")
    make_profile(tom, wechat, first_name="T.")
    make_customer(first_name="Tom")
    make_profile(make_customer(first_name="Tom"), get_or_make_source_account("WECHAT", "1234"))

    def search(**query):
        body = till.get("customers/search", {"q": "tom", **query}).json()
        return body["pagination"]["total"], body["data"]

    total, [row] = search(source="wechat", accountId="22232")

    assert (total, row["userId"]) == (1, tom.pk)
    assert row["profiles"] == [
        {"source": "WECHAT", "accountId": "22232", "firstName": "T.", "lastName": "Rao"}
    ]
    assert row["matchedIdentifiers"][0]["source"] == "INSTORE"
    assert search(source="ALL")[0] == search(source="INSTORE")[0] == search()[0] == 3
    get_or_make_source_account("TMALL")
    assert search(source="TMALL") == (0, [])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"source": "PIGEON"}, 8011),
        ({"source": "WECHAT", "accountId": "9"}, 8011),
        ({"source": "WECHAT"}, 8045),
    ],
)
def test_read_again_search_refuses_an_unknown_source(till, query, code):
    get_or_make_source_account("WECHAT", "22232")

    assert read_refusal(till.get("customers/search", {"q": "tom", **query})) == (400, code)
