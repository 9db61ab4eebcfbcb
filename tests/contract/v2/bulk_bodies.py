"""Bodies and shapes that the tests of customers in bulk share."""

from typing import Any

BULK = "customers/bulk?source=WECHAT&accountId=22232"
PARENT_MOBILE, FIRST_CHILD_MOBILE, SECOND_CHILD_MOBILE = (
    "919800000001",
    "919800000002",
    "919800000003",
)


def build_customer(mobile: str, **more: Any) -> dict[str, Any]:
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


def build_item(
    mobile: str = PARENT_MOBILE,
    children: Any = (FIRST_CHILD_MOBILE, SECOND_CHILD_MOBILE),
    **more: Any,
) -> dict[str, Any]:
    return build_customer(
        mobile,
        loyaltyInfo={"loyaltyType": "loyalty"},
        referralCode="",
        associationDetails={
            "hierarchyCode": "fleet",
            "roleCode": "FA",
            "childCustomers": [build_customer(child) for child in children],
            "fleetCompany": {"externalId": "ex1"},
            "childRoleCode": "FC",
            **more,
        },
    )


def list_codes(rows: list[dict[str, Any]]) -> list[int]:
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
RELATIVE = {"profiles": [PROFILE], "extendedFields": {"city": "str"}}
MEMBER = {"id": "int", **RELATIVE, "loyaltyInfo": {"loyaltyType": "str"}, "segments": {}}
PLACEMENT = {
    "hierarchyCode": "str",
    "hierarchyId": "int",
    "roleCode": "str",
    "fleetCompany": {"externalId": "str", "companyId": "int"},
    "skipLevelAllowed": "bool",
    "new": "bool",
    "childCustomer": "bool",
}


def get_children(till: Any, mobile: str = PARENT_MOBILE, **query: str) -> Any:
    """Request the children of the customer with this mobile."""
    return till.get(
        "customers/bulk",
        {
            "associationEntityType": "parentCustomer",
            "associationEntityIdentifierType": "mobile",
            "associationEntityIdentifierValue": mobile,
            **query,
        },
    )
