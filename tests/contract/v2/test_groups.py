"""POST, PUT, GET /v2/customers/bulk ..."""

import pytest

from customers.models import Association, Company, Customer
from loyalty.models import Effect
from tests.builders import make_customer, make_field, make_program, the_source_account
from tests.card_builders import make_card_label, make_card_series
from tests.contract.v2.answers import refused, shape
from tests.group_builders import make_association, make_company, make_hierarchy
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

BULK = "customers/bulk?source=WECHAT&accountId=22232"
HEAD, ONE, TWO = "919800000001", "919800000002", "919800000003"


def person(mobile, **more):
    return {
        "profiles": [
            {
                "firstName": "Asha",
                "lastName": "Rao",
                "identifiers": [
                    {"type": "mobile", "value": mobile},
                    {"type": "cuid", "value": f"cuid_{mobile}"},
                ],
                "commChannels": [
                    {"type": "mobile", "value": mobile, "primary": True, "verified": True}
                ],
                "fields": {"gender": "MALE"},
            }
        ],
        "extendedFields": {"city": "Pune"},
        **more,
    }


def group(mobile=HEAD, children=(ONE, TWO), **more):
    return person(
        mobile,
        loyaltyInfo={"loyaltyType": "loyalty"},
        referralCode="",
        associationDetails={
            "hierarchyCode": "fleet",
            "roleCode": "FA",
            "childCustomers": [person(child) for child in children],
            "fleetCompany": {"externalId": "ex1"},
            "childRoleCode": "FC",
            **more,
        },
    )


@pytest.fixture
def fleet(till):
    make_field("Gender", kind="CUSTOM", scope="PROFILE")
    make_field("city")
    make_program(is_default=True)
    return make_hierarchy()


def codes(rows):
    return [row["code"] for row in rows]


ACTOR = {
    "id": "int",
    "code": "str",
    "description": "str",
    "name": "str",
    "type": "str",
    "adminType": "str",
    "isActive": "bool",
    "isOuEnabled": "bool",
    "timeZoneId": "int",
    "currencyId": "int",
    "languageId": "int",
}
IDENTIFIER = {"type": "str", "value": "str"}
PROFILE = {
    "firstName": "str",
    "lastName": "str",
    "attribution": {
        "createDate": "str",
        "createdBy": ACTOR,
        "modifiedBy": ACTOR,
        "modifiedDate": "str",
    },
    "fields": {"gender": "str", "Gender": "str"},
    "identifiers": [IDENTIFIER, IDENTIFIER],
    "commChannels": [
        {
            "type": "str",
            "value": "str",
            "primary": "bool",
            "verified": "bool",
            "meta": {"residence": "bool", "office": "bool"},
            "attributes": {},
        }
    ],
    "source": "str",
    "userId": "int",
    "accountId": "str",
    "conflictingProfileList": [],
    "autoUpdateTime": "str",
    "identifiersAll": [IDENTIFIER, IDENTIFIER],
}
BARE = {"profiles": [PROFILE], "extendedFields": {"city": "str"}}
MEMBER = {"id": "int", **BARE, "loyaltyInfo": {"loyaltyType": "str"}, "segments": {}}
PLACE = {
    "hierarchyCode": "str",
    "hierarchyId": "int",
    "roleCode": "str",
    "fleetCompany": {"externalId": "str", "companyId": "int"},
    "skipLevelAllowed": "bool",
    "new": "bool",
    "childCustomer": "bool",
}


def test_registers_a_customer_with_children_and_shows_everybody(till, fleet):
    answer = till.post(BULK, [group()])

    assert answer.status_code == 200
    [item] = answer.json()
    assert shape(item) == {
        "entity": {
            **MEMBER,
            "referralCode": "str",
            "associationDetails": {
                **PLACE,
                "childCustomers": [BARE, BARE],
                "childRoleCode": "str",
            },
            "warnings": [],
        },
        "childEntities": [
            {**MEMBER, "associationDetails": {**PLACE, "parentRoleId": "int"}, "warnings": []}
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
        "parentCustomer": person(ONE),
        "fleetCompany": {"externalId": "ex1"},
    }

    [item] = till.post(BULK, [person(HEAD, associationDetails=details)]).json()

    shown = item["entity"]["associationDetails"]
    assert shape(shown) == {**PLACE, "parentRoleId": "int", "parentCustomer": BARE}
    assert (shown["roleCode"], shown["childCustomer"], item["childCount"]) == ("FC", True, 0)


def test_shows_the_card_that_was_issued_by_its_identifier(till, fleet):
    for label, status in (("NOT_ISSUED", "NOT_ISSUED"), ("ACTIVE", "ACTIVE")):
        make_card_label(label, status, is_default=True)
    make_card_series("FleetCard1", takes_external=True)
    make_field("vehicle_number", scope="CARD")
    body = group(children=())
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
    answer = till.post(BULK, person(HEAD))

    [item] = answer.json()
    assert "associationDetails" not in item["entity"]
    assert (item["childCount"], item["errors"]) == (0, [])
    assert Customer.objects.count() == 1


def test_an_item_that_is_refused_leaves_nothing_and_the_others_alone(till, fleet):
    wrong = [
        group("919800000011", ("919800000012",), roleCode="FC"),
        group("919800000013", ("919800000014",), hierarchyCode="nobody"),
        group("919800000015", ("919800000016",), childRoleCode="FA"),
        group("919800000017", ("919800000017",)),
        {**group("919800000018"), "profiles": [{"identifiers": "x"}]},
        person("12"),
        "x",
    ]

    answer = till.post(BULK, [*wrong, group()])

    *failed, fine = answer.json()
    assert answer.status_code == 200
    assert [codes(item["errors"]) for item in failed] == [
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
    till.post(BULK, [group()])

    [item] = till.post(BULK, [group(children=("919800000009",))]).json()

    assert codes(item["errors"]) == [8007]
    assert Customer.objects.count() == 3


def test_children_who_fail_are_warnings_of_the_entity(till, fleet):
    make_customer(identifiers=[("mobile", ONE)])
    make_customer(identifiers=[("cuid", f"cuid_{ONE}")])
    other = make_association(hierarchy=fleet)
    taken = make_customer(
        source_account=the_source_account("WECHAT", "22232"), identifiers=[("mobile", TWO)]
    )
    make_association(taken, role="FC", parent=other)
    body = group(children=(ONE, TWO, "919800000004"))
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
    body = group(children=("12",))
    body["associationDetails"]["childCustomers"][0]["profiles"][0]["identifiers"][1]["value"] = "c"

    [item] = till.post(BULK, [body]).json()

    [child] = item["childEntities"]
    assert codes(child["warnings"]) == [8056, 8058]
    assert child["profiles"][0]["identifiers"] == [{"type": "cuid", "value": "c"}]


def test_leaves_loyalty_to_the_background_when_told_to(till, fleet):
    till.post(BULK, [group()], wait_for_downstream="false")

    assert set(Effect.objects.values_list("state", flat=True)) == {"WAITING"}
    assert Effect.objects.count() == 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], (400, 400)),
        ("x", (400, 400)),
        (None, (400, 400)),
        ([person(HEAD)] * 101, (400, 1060)),
        ([{"associationDetails": {"childCustomers": [{}] * 1_000}}], (400, 1060)),
    ],
    ids=["empty", "text", "null", "too many", "too many children"],
)
def test_refuses_what_is_no_bulk(till, body, said):
    assert refused(till.post(BULK, body)) == said
    assert refused(till.put(BULK, body)) == said


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
        answer = write(BULK, [person(HEAD, associationDetails=details)])
        assert answer.status_code == 200
        [item] = answer.json()
        assert item.get("errors") or not details
    if details:
        assert not Customer.objects.exists()


# --- PUT --------------------------------------------------------------------------------


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


# --- GET --------------------------------------------------------------------------------


def children(till, mobile=HEAD, **query):
    return till.get(
        "customers/bulk",
        {
            "associationEntityType": "parentCustomer",
            "associationEntityIdentifierType": "mobile",
            "associationEntityIdentifierValue": mobile,
            **query,
        },
    )


def ids(answer):
    assert answer.status_code == 200, answer.content
    entity = answer.json()["entity"]
    return [row["id"] for row in entity["customers"]], entity["count"]


def test_lists_the_children_of_a_parent(till, fleet):
    [item] = till.post(BULK, [group()]).json()
    made = [child["id"] for child in item["childEntities"]]

    answer = children(till, source="WECHAT", accountId="22232", limit="10", sortOrder="DESC")

    assert shape(answer.json()) == {
        "entity": {"customers": [MEMBER, MEMBER], "count": "int", "errors": [], "warnings": []},
        "warnings": [],
        "errors": [],
        "success": "bool",
    }
    assert ids(answer) == (made[::-1], 2)
    assert ids(children(till, sortOrder="asc", limit="1")) == (made[:1], 2)
    assert ids(children(till, sortOrder="ASC", offset="1")) == (made[1:], 2)
    assert ids(children(till, offset="2")) == ([], 2)
    assert ids(children(till, source="WECHAT", accountId="1234")) == ([], 0)
    assert ids(children(till, mobile=ONE)) == ([], 0)


def test_sorts_by_the_day_of_joining_or_of_the_last_change(till, fleet):
    till.post(BULK, [group()])
    first, second = Customer.objects.order_by("pk")[1:]
    till.put(BULK, [{**person(ONE), "extendedFields": {"city": "Goa"}}])

    assert ids(children(till, sortBy="createdon"))[0] == [second.pk, first.pk]
    assert ids(children(till, sortBy="lastUpdatedOn"))[0] == [first.pk, second.pk]


@pytest.mark.parametrize(
    ("query", "said"),
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
def test_refuses_what_names_no_children(till, query, said):
    make_customer(identifiers=[("mobile", HEAD)])

    assert refused(children(till, **query)) == said


def test_another_organization_sees_and_touches_none_of_it(till, stranger, fleet):
    [item] = till.post(BULK, [group()]).json()
    make_company("theirs", stranger.org)

    assert refused(children(stranger)) == (404, 8015)
    [theirs] = stranger.post("customers/bulk?source=INSTORE", [group()]).json()
    assert codes(theirs["errors"]) == [400]
    [theirs] = stranger.put("customers/bulk?source=INSTORE", [group()]).json()
    assert codes(theirs["errors"]) == [8015]
    make_hierarchy(org=stranger.org)
    [theirs] = stranger.post("customers/bulk?source=INSTORE", [group()]).json()
    assert theirs["errors"] == []
    assert theirs["entity"]["id"] != item["entity"]["id"]
    assert Company.objects.filter(external_id="ex1").count() == 2


def test_a_repeat_with_the_same_key_does_nothing_again(till, fleet):
    body = [group(), "x"]

    first = till.post(BULK, body, idempotency_key="k1")
    again = till.post(BULK, body, idempotency_key="k1")

    assert again.content == first.content
    assert Customer.objects.count() == 3


def test_asks_as_much_for_many_children_as_for_few(till, fleet):
    till.post(BULK, [group()])

    def listing(limit):
        return count_queries(lambda: children(till, limit=str(limit)))

    def posting(start, count):
        mobiles = [f"91980001{start + n:04}" for n in range(count)]
        return count_queries(lambda: till.post(BULK, [group(f"9198000200{start:02}", mobiles)]))

    assert listing(1) == listing(2)
    assert posting(10, 2) == posting(20, 12)
