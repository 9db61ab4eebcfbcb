"""PUT /v2/customers/bulk ..."""

import pytest

from customers.models import Association, Customer
from tests.builders import make_customer
from tests.contract.v2.answers import shape
from tests.contract.v2.groups import (
    BARE,
    BULK,
    HEAD,
    MEMBER,
    ONE,
    PLACE,
    PROFILE,
    TWO,
    codes,
    group,
    person,
)

pytestmark = pytest.mark.django_db


def test_an_update_places_and_changes_who_is_known(till, fleet):
    till.post(BULK, [group()])
    other = group("919800000009", (TWO, "919800000010"))
    till.post(BULK, [person("919800000009")])

    [item] = till.put(BULK, [other]).json()

    assert shape(item) == {
        **MEMBER,
        "referralCode": "str",
        "associationDetails": {**PLACE, "childCustomers": [BARE, BARE], "childRoleCode": "str"},
        "warnings": [],
        "childEntities": [
            {**MEMBER, "associationDetails": {**PLACE, "parentRoleId": "int"}, "warnings": []}
            for _ in range(2)
        ],
        "childCount": "int",
        "childFailureCount": "int",
        "childSuccessCount": "int",
        "errors": [],
    }
    assert [c["associationDetails"]["new"] for c in item["childEntities"]] == [False, True]
    assert Association.objects.filter(parent__customer_id=item["id"]).count() == 2


def test_an_update_that_breaks_the_hierarchy_shows_what_was_asked(till, fleet):
    till.post(BULK, [person(HEAD)])
    details = {
        "hierarchyCode": "fleet",
        "roleCode": "FA",
        "parentCustomer": person(ONE),
        "fleetCompany": {"externalId": "ex1"},
    }
    before = Customer.objects.count()

    [item] = till.put(
        BULK, [person(HEAD, associationDetails=details, referralCode="", loyaltyInfo={})]
    ).json()

    asked = {**PROFILE, "fields": {"gender": "str"}}
    asked["attribution"] = {**PROFILE["attribution"], "createdBy": {}, "modifiedBy": {}}
    del asked["userId"]
    bare = {"profiles": [asked], "extendedFields": {"city": "str"}}
    assert shape({**item, "errors": []}) == {
        **bare,
        "loyaltyInfo": {"loyaltyType": "str"},
        "segments": {},
        "referralCode": "str",
        "associationDetails": {
            "hierarchyCode": "str",
            "roleCode": "str",
            "parentCustomer": bare,
            "fleetCompany": {"externalId": "str"},
            "skipLevelAllowed": "bool",
            "new": "bool",
            "childCustomer": "bool",
        },
        "errors": [],
        "warnings": [],
        "childEntities": [],
        "childCount": "int",
        "childFailureCount": "int",
        "childSuccessCount": "int",
    }
    assert codes(item["errors"]) == [409]
    assert Customer.objects.count() == before
    assert not Association.objects.exists()


def test_an_update_tells_item_by_item_who_is_unknown(till, fleet):
    make_customer(identifiers=[("mobile", HEAD)])

    answer = till.put(BULK, [person(ONE), person(HEAD)])

    assert [codes(item["errors"]) for item in answer.json()] == [[8015], [8065]]
