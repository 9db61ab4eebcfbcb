"""POST, PUT, GET /v2/customers/bulk, when the bodies are odd or somebody else's ..."""

import pytest

from customers.models import Company, Customer
from tests.contract.v2.answers import read_refusal
from tests.contract.v2.bulk_bodies import (
    BULK,
    PARENT_MOBILE,
    build_customer,
    build_item,
    get_children,
    list_codes,
)
from tests.group_builders import make_company, make_hierarchy
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], (400, 400)),
        ("x", (400, 400)),
        (None, (400, 400)),
        ([build_customer(PARENT_MOBILE)] * 101, (400, 1060)),
        ([{"associationDetails": {"childCustomers": [{}] * 1_000}}], (400, 1060)),
    ],
    ids=["empty", "text", "null", "too many", "too many children"],
)
def test_refuses_what_is_no_bulk(till, body, expected):
    assert read_refusal(till.post(BULK, body)) == expected
    assert read_refusal(till.put(BULK, body)) == expected


@pytest.mark.parametrize(
    "details",
    [
        "x",
        [],
        {"childCustomers": {}},
        {"childCustomers": [None, 1, [], {"profiles": [{"identifiers": [{}]}]}]},
        {"parentCustomer": []},
        {"fleetCompany": {"externalId": {}}},
        {"fleetCompany": {"externalId": "x" * 1_000}, "hierarchyCode": "fleet", "roleCode": "FA"},
        {"fleetCompany": {"externalId": ""}, "hierarchyCode": "fleet", "roleCode": "FA"},
        {"hierarchyCode": "\u202e\x01" * 5, "roleCode": "FA"},
        {"hierarchyCode": "fleet", "roleCode": "x" * 10_000},
        {"roleCode": "FA"},
    ],
    ids=range(11),
)
def test_refuses_odd_details_item_by_item(till, fleet, details):
    for write in (till.post, till.put):
        answer = write(BULK, [build_customer(PARENT_MOBILE, associationDetails=details)])
        assert answer.status_code == 200
        [item] = answer.json()
        assert item.get("errors") or not details
    if details:
        assert not Customer.objects.exists()


def test_another_organization_sees_and_touches_none_of_it(till, stranger, fleet):
    [item] = till.post(BULK, [build_item()]).json()
    make_company("theirs", stranger.org)

    assert read_refusal(get_children(stranger)) == (404, 8015)
    [theirs] = stranger.post("customers/bulk?source=INSTORE", [build_item()]).json()
    assert list_codes(theirs["errors"]) == [400]
    [theirs] = stranger.put("customers/bulk?source=INSTORE", [build_item()]).json()
    assert list_codes(theirs["errors"]) == [8015]
    make_hierarchy(org=stranger.org)
    [theirs] = stranger.post("customers/bulk?source=INSTORE", [build_item()]).json()
    assert theirs["errors"] == []
    assert theirs["entity"]["id"] != item["entity"]["id"]
    assert Company.objects.filter(external_id="ex1").count() == 2


def test_a_repeat_with_the_same_key_does_nothing_again(till, fleet):
    body = [build_item(), "x"]

    first = till.post(BULK, body, idempotency_key="k1")
    again = till.post(BULK, body, idempotency_key="k1")

    assert again.content == first.content
    assert Customer.objects.count() == 3


def test_asks_as_much_for_many_children_as_for_few(till, fleet):
    till.post(BULK, [build_item()])

    def listing(limit):
        return count_queries(lambda: get_children(till, limit=str(limit)))

    def posting(start, count):
        mobiles = [f"91980001{start + n:04}" for n in range(count)]
        return count_queries(
            lambda: till.post(BULK, [build_item(f"9198000200{start:02}", mobiles)])
        )

    assert listing(1) == listing(2)
    assert posting(10, 2) == posting(20, 12)
