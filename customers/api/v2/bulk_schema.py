"""The shape of customers in bulk for the API page; the answers are made without it."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from customers.api.v2.details_schema import (
    ActorOut,
    AttributionOut,
    BareProfileOut,
    IdentifierOut,
    ProfileOut,
)
from customers.api.v2.shared_schema import WarningOut


class WriterOut(ActorOut):
    """An entity that wrote; empty where nobody is known."""

    adminType = serializers.CharField(required=False)
    isActive = serializers.BooleanField(required=False)
    isOuEnabled = serializers.BooleanField(required=False)
    timeZoneId = serializers.IntegerField(required=False)
    currencyId = serializers.IntegerField(required=False)
    languageId = serializers.IntegerField(required=False)


class WrittenAttributionOut(AttributionOut):
    createdBy = WriterOut()
    modifiedBy = WriterOut()


class MemberIdentifierOut(IdentifierOut):
    seriesCode = serializers.CharField(required=False, help_text="Of a card, with the next ones.")
    cardExternalId = serializers.CharField(required=False)
    extendedFields = serializers.DictField(required=False)


class MemberProfileOut(ProfileOut):
    attribution = WrittenAttributionOut()
    userId = serializers.IntegerField(required=False, help_text="Not of what was only asked.")
    identifiers = MemberIdentifierOut(many=True)
    identifiersAll = MemberIdentifierOut(many=True, help_text="Those of all profiles.")
    conflictingProfileList = BareProfileOut(
        many=True, help_text="Closed profiles of people merged into this customer."
    )


class RelativeOut(serializers.Serializer):
    profiles = MemberProfileOut(many=True)
    extendedFields = serializers.DictField()


class CompanyOut(serializers.Serializer):
    externalId = serializers.CharField()
    companyId = serializers.IntegerField(required=False)


class AssociationOut(serializers.Serializer):
    hierarchyCode = serializers.CharField(required=False)
    hierarchyId = serializers.IntegerField(required=False)
    roleCode = serializers.CharField(required=False)
    parentCustomer = RelativeOut(required=False)
    childCustomers = RelativeOut(many=True, required=False)
    childRoleCode = serializers.CharField(required=False)
    parentRoleId = serializers.IntegerField(required=False, help_text="Of who has a parent.")
    fleetCompany = CompanyOut(required=False)
    skipLevelAllowed = serializers.BooleanField()
    new = serializers.BooleanField(help_text="Whether the customer stood nowhere before.")
    childCustomer = serializers.BooleanField(help_text="Whether the customer has a parent.")


class TypeOut(serializers.Serializer):
    loyaltyType = serializers.CharField(help_text="In lower case.")


class MemberWarningOut(WarningOut):
    childIndex = serializers.IntegerField(
        required=False, help_text="Of a child who did not come along: their place in the request."
    )


class ChildOut(serializers.Serializer):
    id = serializers.IntegerField(required=False, help_text="Not of what was only asked.")
    profiles = MemberProfileOut(many=True)
    loyaltyInfo = TypeOut()
    segments = serializers.DictField()
    extendedFields = serializers.DictField()


class MemberOut(ChildOut):
    referralCode = serializers.CharField(required=False, allow_blank=True)
    associationDetails = AssociationOut(required=False)
    warnings = MemberWarningOut(many=True)


class CountsOut(serializers.Serializer):
    childEntities = MemberOut(many=True)
    childCount = serializers.IntegerField()
    childFailureCount = serializers.IntegerField()
    childSuccessCount = serializers.IntegerField()
    errors = WarningOut(many=True)  # type: ignore[assignment]


class BulkRegistrationOut(CountsOut):
    entity = MemberOut()
    warnings = WarningOut(many=True)


class BulkUpdateOut(MemberOut, CountsOut):
    pass


class ChildrenEntityOut(serializers.Serializer):
    customers = ChildOut(many=True)
    count = serializers.IntegerField(help_text="Of all children, not of those on this page.")
    errors = WarningOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class ChildrenOut(serializers.Serializer):
    entity = ChildrenEntityOut()
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]
    success = serializers.BooleanField()


# --- Examples ---------------------------------------------------------------------------

_TILL = {
    "id": 12,
    "code": "cm.1",
    "description": "",
    "name": "cm.1",
    "type": "TILL",
    "adminType": "GENERAL",
    "isOuEnabled": True,
    "timeZoneId": 0,
    "currencyId": 0,
    "languageId": -1,
    "isActive": True,
}
_TIMESTAMP = "2021-07-30T11:25:21+05:30"


def _build_request_customer(name: str, mobile: str) -> dict[str, Any]:
    return {
        "profiles": [
            {
                "firstName": name,
                "lastName": "Kumar",
                "identifiers": [{"type": "mobile", "value": mobile}],
                "commChannels": [
                    {"type": "mobile", "value": mobile, "primary": True, "verified": True}
                ],
                "source": "WECHAT",
                "accountId": "WECHAT-CM",
            }
        ],
        "extendedFields": {"city": "Bangalore"},
    }


def _build_answer_customer(name: str, mobile: str, customer_id: int) -> dict[str, Any]:
    [profile] = _build_request_customer(name, mobile)["profiles"]
    [channel] = profile["commChannels"]
    return {
        "profiles": [
            {
                **profile,
                "attribution": {
                    "createDate": _TIMESTAMP,
                    "createdBy": _TILL,
                    "modifiedBy": _TILL,
                    "modifiedDate": _TIMESTAMP,
                },
                "fields": {},
                "commChannels": [
                    {**channel, "meta": {"residence": False, "office": False}, "attributes": {}}
                ],
                "userId": customer_id,
                "autoUpdateTime": _TIMESTAMP,
                "conflictingProfileList": [],
                "identifiersAll": profile["identifiers"],
            }
        ],
        "extendedFields": {"city": "Bangalore"},
    }


def _build_member(name: str, mobile: str, customer_id: int, **extra: Any) -> dict[str, Any]:
    return {
        "id": customer_id,
        **_build_answer_customer(name, mobile, customer_id),
        "loyaltyInfo": {"loyaltyType": "loyalty"},
        "segments": {},
        **extra,
    }


_COMPANY = {"fleetCompany": {"externalId": "ex917471949194", "companyId": 1}}
_PLACEMENT = {
    "hierarchyCode": "code-association2",
    "hierarchyId": 1,
    "skipLevelAllowed": False,
    **_COMPANY,
    "new": True,
}
_PARENT = _build_member(
    "Ravi",
    "919010000101",
    500002001,
    associationDetails={
        **_PLACEMENT,
        "roleCode": "FA",
        "childCustomers": [_build_answer_customer("Anil", "919010000102", 500002002)],
        "childRoleCode": "FC",
        "childCustomer": False,
    },
    warnings=[],
)
_COUNTS = {
    "childEntities": [
        _build_member(
            "Anil",
            "919010000102",
            500002002,
            associationDetails={
                **_PLACEMENT,
                "roleCode": "FC",
                "parentRoleId": 1,
                "childCustomer": True,
            },
            warnings=[],
        )
    ],
    "childCount": 1,
    "childFailureCount": 0,
    "childSuccessCount": 1,
    "errors": [],
}

REGISTER_EXAMPLES = [
    OpenApiExample(
        "The head of a fleet and a driver",
        value={
            **_build_request_customer("Ravi", "919010000101"),
            "loyaltyInfo": {"loyaltyType": "loyalty"},
            "associationDetails": {
                "hierarchyCode": "code-association2",
                "roleCode": "FA",
                "childCustomers": [_build_request_customer("Anil", "919010000102")],
                "childRoleCode": "FC",
                "fleetCompany": {"externalId": "ex917471949194"},
            },
        },
        request_only=True,
    ),
    OpenApiExample(
        "A driver and the head of the fleet",
        value={
            **_build_request_customer("Anil", "919010000103"),
            "associationDetails": {
                "hierarchyCode": "code-association2",
                "roleCode": "FC",
                "parentCustomer": _build_request_customer("Ravi", "919010000104"),
            },
        },
        request_only=True,
    ),
    OpenApiExample(
        "Registered", value={"entity": _PARENT, **_COUNTS, "warnings": []}, response_only=True
    ),
]
UPDATE_EXAMPLES = [
    OpenApiExample(
        "A new driver and another company",
        value={
            "profiles": [{"identifiers": [{"type": "mobile", "value": "917169721931"}]}],
            "associationDetails": {
                "hierarchyCode": "code-association2",
                "childCustomers": [_build_request_customer("Anil", "919010000105")],
                "fleetCompany": {"externalId": "ex91747000000"},
            },
        },
        request_only=True,
    ),
    OpenApiExample("Updated", value={**_PARENT, **_COUNTS}, response_only=True),
]
CHILDREN_EXAMPLE = OpenApiExample(
    "Children",
    value={
        "entity": {
            "customers": [_build_member("Anil", "919010000102", 500002002)],
            "count": 1,
            "errors": [],
            "warnings": [],
        },
        "warnings": [],
        "errors": [],
        "success": True,
    },
    response_only=True,
)
