"""The fleet of the demo: the requests of the documents about it work as they are."""

WECHAT = {"source": "WECHAT", "accountId": "WECHAT-CM"}
BULK = "customers/bulk?source=WECHAT&accountId=WECHAT-CM"


def person(mobile, **more):
    return {
        "profiles": [
            {
                "firstName": "Capillary",
                "lastName": "Customer",
                "identifiers": [
                    {"type": "mobile", "value": mobile},
                    {"type": "cuid", "value": f"cuid_{mobile}"},
                    {"type": "unionId", "value": f"unionId_{mobile}"},
                ],
                "fields": {"gender": "MALE", "city": "city0"},
                **WECHAT,
            }
        ],
        "extendedFields": {"gender": "Male", "city": "city_6878387"},
        **more,
    }


def test_lists_the_drivers_of_the_head(ask):
    status, answer = ask(
        "get",
        f"{BULK}&associationEntityType=parentCustomer&associationEntityIdentifierType=mobile"
        "&associationEntityIdentifierValue=917169721931&limit=10&offset=0&sortOrder=DESC",
    )

    assert status == 200
    entity = answer["entity"]
    assert [row["id"] for row in entity["customers"]] == [409967645, 409967644]
    assert entity["count"] == 2
    assert entity["customers"][0]["profiles"][0]["fields"]["gender"] == "MALE"


def test_registers_a_head_with_a_card_and_two_drivers(ask):
    head = person("917979000000")
    head["profiles"][0]["identifiers"].append(
        {
            "type": "cardnumber",
            "cardExternalId": "carduuid_710000",
            "value": "card_710000",
            "seriesCode": "FleetCard1",
            "statusLabel": "ACTIVE",
            "extendedFields": {
                "custom_card_name": "64346srt34532323",
                "vehicle_number": "879976453431adsgfsf",
            },
        }
    )
    ties = {
        "hierarchyCode": "code-association2",
        "roleCode": "FA",
        "childCustomers": [person("918750000001"), person("918750000002")],
        "fleetCompany": {"externalId": "ex917471949194"},
        "childRoleCode": "FC",
    }

    status, [item] = ask("post", "customers/bulk", [{**head, "associationDetails": ties}])

    assert status == 200
    assert item["errors"] == item["entity"]["warnings"] == []
    assert item["childSuccessCount"] == 2
    card = item["entity"]["profiles"][0]["identifiersAll"][2]
    assert card["extendedFields"]["vehicle_number"] == "879976453431adsgfsf"


def test_registers_a_driver_under_a_head_who_is_new(ask):
    ties = {
        "hierarchyCode": "code-association2",
        "roleCode": "FC",
        "parentCustomer": person("917875000000"),
        "fleetCompany": {"externalId": "ex91747000000"},
    }

    _, [item] = ask("post", "customers/bulk", [person("918750000003", associationDetails=ties)])

    assert item["errors"] == []
    assert item["entity"]["associationDetails"]["childCustomer"] is True


def test_tells_an_update_that_nobody_stands_above_the_head(ask):
    ties = {
        "hierarchyCode": "code-association2",
        "roleCode": "FA",
        "parentCustomer": person("919905000000"),
        "fleetCompany": {"externalId": "ex917471000000"},
    }

    _, [item] = ask("put", BULK, [person("915905000000", associationDetails=ties)])
    assert [error["code"] for error in item["errors"]] == [409]
    assert item["associationDetails"]["fleetCompany"] == {"externalId": "ex917471000000"}

    _, [item] = ask(
        "put", BULK, [person("915905000000", associationDetails={**ties, "roleCode": "FC"})]
    )
    assert item["errors"] == []
    assert item["associationDetails"]["parentCustomer"]["profiles"]
