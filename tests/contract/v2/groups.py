"""Bodies and shapes that the tests of customers in bulk share."""

from typing import Any

BULK = "customers/bulk?source=WECHAT&accountId=22232"
HEAD, ONE, TWO = "919800000001", "919800000002", "919800000003"


def person(mobile: str, **more: Any) -> dict[str, Any]:
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


def group(mobile: str = HEAD, children: Any = (ONE, TWO), **more: Any) -> dict[str, Any]:
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


def codes(rows: list[dict[str, Any]]) -> list[int]:
    return [row["code"] for row in rows]


ACTOR: dict[str, Any] = {
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
PROFILE: dict[str, Any] = {
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


def children(till: Any, mobile: str = HEAD, **query: str) -> Any:
    """Ask for the children of whom this mobile belongs to."""
    return till.get(
        "customers/bulk",
        {
            "associationEntityType": "parentCustomer",
            "associationEntityIdentifierType": "mobile",
            "associationEntityIdentifierValue": mobile,
            **query,
        },
    )
