"""PUT /v2/customers/bulk ..."""

import pytest

from customers.models import Association, Customer
from tests.builders import make_customer
from tests.contract.v2.answers import replace_values_by_kind
from tests.contract.v2.bulk_bodies import (
    BULK,
    FIRST_CHILD_MOBILE,
    MEMBER,
    PARENT_MOBILE,
    PLACEMENT,
    PROFILE,
    RELATIVE,
    SECOND_CHILD_MOBILE,
    build_customer,
    build_item,
    list_codes,
)

pytestmark = pytest.mark.django_db


def test_an_update_places_and_changes_who_is_known(till, fleet):
    till.post(BULK, [build_item()])
    other = build_item("919800000009", (SECOND_CHILD_MOBILE, "919800000010"))
    till.post(BULK, [build_customer("919800000009")])

    [item] = till.put(BULK, [other]).json()

    assert replace_values_by_kind(item) == {
        **MEMBER,
        "referralCode": "str",
        "associationDetails": {
            **PLACEMENT,
            "childCustomers": [RELATIVE, RELATIVE],
            "childRoleCode": "str",
        },
        "warnings": [],
        "childEntities": [
            {**MEMBER, "associationDetails": {**PLACEMENT, "parentRoleId": "int"}, "warnings": []}
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
    till.post(BULK, [build_customer(PARENT_MOBILE)])
    details = {
        "hierarchyCode": "fleet",
        "roleCode": "FA",
        "parentCustomer": build_customer(FIRST_CHILD_MOBILE),
        "fleetCompany": {"externalId": "ex1"},
    }
    before = Customer.objects.count()

    [item] = till.put(
        BULK,
        [
            build_customer(
                PARENT_MOBILE, associationDetails=details, referralCode="", loyaltyInfo={}
            )
        ],
    ).json()

    profile = {**PROFILE, "fields": {"gender": "str"}}
    profile["attribution"] = {**PROFILE["attribution"], "createdBy": {}, "modifiedBy": {}}
    del profile["userId"]
    bare = {"profiles": [profile], "extendedFields": {"city": "str"}}
    assert replace_values_by_kind({**item, "errors": []}) == {
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
    assert list_codes(item["errors"]) == [409]
    assert Customer.objects.count() == before
    assert not Association.objects.exists()


def test_an_update_tells_item_by_item_who_is_unknown(till, fleet):
    make_customer(identifiers=[("mobile", PARENT_MOBILE)])

    answer = till.put(BULK, [build_customer(FIRST_CHILD_MOBILE), build_customer(PARENT_MOBILE)])

    assert [list_codes(item["errors"]) for item in answer.json()] == [[8015], [8065]]
