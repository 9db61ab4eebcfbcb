"""GET /v2/customers/bulk ..."""

import pytest

from customers.models import Customer
from tests.builders import make_customer
from tests.contract.v2.answers import read_refusal, replace_values_by_kind
from tests.contract.v2.bulk_bodies import (
    BULK,
    FIRST_CHILD_MOBILE,
    MEMBER,
    PARENT_MOBILE,
    build_customer,
    build_item,
    get_children,
)

pytestmark = pytest.mark.django_db


def list_ids(answer):
    assert answer.status_code == 200, answer.content
    entity = answer.json()["entity"]
    return [row["id"] for row in entity["customers"]], entity["count"]


def test_lists_the_children_of_a_parent(till, fleet):
    [item] = till.post(BULK, [build_item()]).json()
    made = [child["id"] for child in item["childEntities"]]

    answer = get_children(till, source="WECHAT", accountId="22232", limit="10", sortOrder="DESC")

    assert replace_values_by_kind(answer.json()) == {
        "entity": {"customers": [MEMBER, MEMBER], "count": "int", "errors": [], "warnings": []},
        "warnings": [],
        "errors": [],
        "success": "bool",
    }
    assert list_ids(answer) == (made[::-1], 2)
    assert list_ids(get_children(till, sortOrder="asc", limit="1")) == (made[:1], 2)
    assert list_ids(get_children(till, sortOrder="ASC", offset="1")) == (made[1:], 2)
    assert list_ids(get_children(till, offset="2")) == ([], 2)
    assert list_ids(get_children(till, source="WECHAT", accountId="1234")) == ([], 0)
    assert list_ids(get_children(till, mobile=FIRST_CHILD_MOBILE)) == ([], 0)


def test_sorts_by_the_day_of_joining_or_of_the_last_change(till, fleet):
    till.post(BULK, [build_item()])
    first, second = Customer.objects.order_by("pk")[1:]
    till.put(BULK, [{**build_customer(FIRST_CHILD_MOBILE), "extendedFields": {"city": "Goa"}}])

    assert list_ids(get_children(till, sortBy="createdon"))[0] == [second.pk, first.pk]
    assert list_ids(get_children(till, sortBy="lastUpdatedOn"))[0] == [first.pk, second.pk]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"associationEntityIdentifierValue": "919800009999"}, (404, 8015)),
        ({"associationEntityIdentifierType": "nothing"}, (400, 8013)),
        ({"associationEntityType": "company"}, (400, 400)),
        ({"associationEntityIdentifierValue": ""}, (400, 400)),
        ({"sortBy": "name"}, (400, 400)),
        ({"sortOrder": "up"}, (400, 400)),
        ({"limit": "101"}, (400, 400)),
        ({"source": "WECHAT"}, (400, 8045)),
    ],
)
def test_refuses_what_names_no_children(till, query, expected):
    make_customer(identifiers=[("mobile", PARENT_MOBILE)])

    assert read_refusal(get_children(till, **query)) == expected
