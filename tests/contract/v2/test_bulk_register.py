"""POST /v2/customers/bulk ..."""

import pytest

from customers.models import Association, Company, Customer
from loyalty.models import Effect
from tests.builders import get_or_make_source_account, make_customer, make_field
from tests.card_builders import make_card_label, make_card_series
from tests.contract.v2.answers import replace_values_by_kind
from tests.contract.v2.bulk_bodies import (
    BULK,
    FIRST_CHILD_MOBILE,
    MEMBER,
    PARENT_MOBILE,
    PLACEMENT,
    RELATIVE,
    SECOND_CHILD_MOBILE,
    build_customer,
    build_item,
    list_codes,
)
from tests.group_builders import make_association

pytestmark = pytest.mark.django_db


def test_registers_a_customer_with_children_and_shows_everybody(till, fleet):
    answer = till.post(BULK, [build_item()])

    assert answer.status_code == 200
    [item] = answer.json()
    assert replace_values_by_kind(item) == {
        "entity": {
            **MEMBER,
            "referralCode": "str",
            "associationDetails": {
                **PLACEMENT,
                "childCustomers": [RELATIVE, RELATIVE],
                "childRoleCode": "str",
            },
            "warnings": [],
        },
        "childEntities": [
            {**MEMBER, "associationDetails": {**PLACEMENT, "parentRoleId": "int"}, "warnings": []}
            for _ in range(2)
        ],
        "childCount": "int",
        "childFailureCount": "int",
        "childSuccessCount": "int",
        "errors": [],
        "warnings": [],
    }
    assert (item["childCount"], item["childFailureCount"], item["childSuccessCount"]) == (2, 0, 2)
    head, child = item["entity"]["associationDetails"], item["childEntities"][0]
    assert (head["roleCode"], head["childRoleCode"], head["new"]) == ("FA", "FC", True)
    assert head["childCustomer"] is False
    assert child["associationDetails"] == {
        "hierarchyCode": "fleet",
        "hierarchyId": fleet.pk,
        "roleCode": "FC",
        "parentRoleId": fleet.roles.get(code="FA").pk,
        "fleetCompany": {"externalId": "ex1", "companyId": Company.objects.get().pk},
        "skipLevelAllowed": False,
        "new": True,
        "childCustomer": True,
    }
    assert Association.objects.count() == Customer.objects.count() == 3
    assert set(Effect.objects.values_list("state", flat=True)) == {"DONE"}


def test_registers_a_customer_under_a_parent(till, fleet):
    details = {
        "hierarchyCode": "fleet",
        "roleCode": "FC",
        "parentCustomer": build_customer(FIRST_CHILD_MOBILE),
        "fleetCompany": {"externalId": "ex1"},
    }

    [item] = till.post(BULK, [build_customer(PARENT_MOBILE, associationDetails=details)]).json()

    shown = item["entity"]["associationDetails"]
    assert replace_values_by_kind(shown) == {
        **PLACEMENT,
        "parentRoleId": "int",
        "parentCustomer": RELATIVE,
    }
    assert (shown["roleCode"], shown["childCustomer"], item["childCount"]) == ("FC", True, 0)


def test_shows_the_card_that_was_issued_by_its_identifier(till, fleet):
    for label, status in (("NOT_ISSUED", "NOT_ISSUED"), ("ACTIVE", "ACTIVE")):
        make_card_label(label, status, is_default=True)
    make_card_series("FleetCard1", takes_external=True)
    make_field("vehicle_number", scope="CARD")
    body = build_item(children=())
    body["profiles"][0]["identifiers"].append(
        {
            "type": "cardnumber",
            "value": "card_1",
            "cardExternalId": "uuid_1",
            "seriesCode": "FleetCard1",
            "statusLabel": "ACTIVE",
            "extendedFields": {"vehicle_number": "KA 01"},
        }
    )

    [item] = till.post(BULK, [body]).json()

    profile = item["entity"]["profiles"][0]
    card = {
        "type": "cardnumber",
        "value": "card_1",
        "seriesCode": "FleetCard1",
        "statusLabel": "ACTIVE",
        "cardExternalId": "uuid_1",
        "extendedFields": {"vehicle_number": "KA 01"},
    }
    for rows in (profile["identifiers"], profile["identifiersAll"]):
        assert {**rows[2], "seriesId": 0} == {**card, "seriesId": 0}


def test_registers_whoever_comes_alone_and_takes_a_single_object(till):
    answer = till.post(BULK, build_customer(PARENT_MOBILE))

    [item] = answer.json()
    assert "associationDetails" not in item["entity"]
    assert (item["childCount"], item["errors"]) == (0, [])
    assert Customer.objects.count() == 1


def test_an_item_that_is_refused_leaves_nothing_and_the_others_alone(till, fleet):
    wrong = [
        build_item("919800000011", ("919800000012",), roleCode="FC"),
        build_item("919800000013", ("919800000014",), hierarchyCode="nobody"),
        build_item("919800000015", ("919800000016",), childRoleCode="FA"),
        build_item("919800000017", ("919800000017",)),
        {**build_item("919800000018"), "profiles": [{"identifiers": "x"}]},
        build_customer("12"),
        "x",
    ]

    answer = till.post(BULK, [*wrong, build_item()])

    *failed, fine = answer.json()
    assert answer.status_code == 200
    assert [list_codes(item["errors"]) for item in failed] == [
        [409],
        [400],
        [409],
        [409],
        [400],
        [8056],
        [400],
    ]
    assert [item["childFailureCount"] for item in failed] == [1, 1, 1, 1, 2, 0, 0]
    assert failed[0]["entity"]["profiles"][0]["identifiers"][0]["value"] == "919800000011"
    assert fine["errors"] == []
    assert Customer.objects.count() == 3


def test_knows_a_head_who_is_registered_already(till, fleet):
    till.post(BULK, [build_item()])

    [item] = till.post(BULK, [build_item(children=("919800000009",))]).json()

    assert list_codes(item["errors"]) == [8007]
    assert Customer.objects.count() == 3


def test_children_who_fail_are_warnings_of_the_entity(till, fleet):
    make_customer(identifiers=[("mobile", FIRST_CHILD_MOBILE)])
    make_customer(identifiers=[("cuid", f"cuid_{FIRST_CHILD_MOBILE}")])
    other = make_association(hierarchy=fleet)
    taken = make_customer(
        source_account=get_or_make_source_account("WECHAT", "22232"),
        identifiers=[("mobile", SECOND_CHILD_MOBILE)],
    )
    make_association(taken, role="FC", parent=other)
    body = build_item(children=(FIRST_CHILD_MOBILE, SECOND_CHILD_MOBILE, "919800000004"))
    body["associationDetails"]["childCustomers"] += ["x", {"profiles": []}]

    [item] = till.post(BULK, [body]).json()

    assert [(w["code"], w["childIndex"]) for w in item["entity"]["warnings"]] == [
        (8053, 0),
        (409, 1),
        (400, 3),
        (8013, 4),
    ]
    assert (item["childCount"], item["childFailureCount"], item["childSuccessCount"]) == (5, 4, 1)
    assert len(item["childEntities"]) == 1


def test_passes_over_what_cannot_be_read_of_a_child(till, fleet):
    body = build_item(children=("12",))
    body["associationDetails"]["childCustomers"][0]["profiles"][0]["identifiers"][1]["value"] = "c"

    [item] = till.post(BULK, [body]).json()

    [child] = item["childEntities"]
    assert list_codes(child["warnings"]) == [8056, 8058]
    assert child["profiles"][0]["identifiers"] == [{"type": "cuid", "value": "c"}]


def test_leaves_loyalty_to_the_background_when_told_to(till, fleet):
    till.post(BULK, [build_item()], wait_for_downstream="false")

    assert set(Effect.objects.values_list("state", flat=True)) == {"WAITING"}
    assert Effect.objects.count() == 3
