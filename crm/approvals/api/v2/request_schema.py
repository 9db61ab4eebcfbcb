"""Serializers that describe the request lists on the API page."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from customers.api.v2.shared_schema import WarningOut


class RequestActorOut(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    description = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField(help_text="TILL, STORE, ADMIN_USER, ...")
    adminType = serializers.CharField()
    isActive = serializers.BooleanField()
    isOuEnabled = serializers.BooleanField()
    timeZoneId = serializers.IntegerField()
    currencyId = serializers.IntegerField()
    languageId = serializers.IntegerField()


class ChangedIdentifierOut(serializers.Serializer):
    type = serializers.CharField()
    value = serializers.CharField()


class ChangesOut(serializers.Serializer):
    add = ChangedIdentifierOut(many=True)
    remove = ChangedIdentifierOut(many=True)


class RequestOut(serializers.Serializer):
    id = serializers.IntegerField(help_text="The id used to approve or reject the request.")
    requestId = serializers.IntegerField(help_text="The same.")
    status = serializers.CharField(help_text="PENDING, APPROVED, REJECTED or FAILED.")
    addedBy = RequestActorOut(allow_null=True, help_text="The maker; null for the system.")
    enteredBy = RequestActorOut(allow_null=True, help_text="The same.")
    addedByParent = RequestActorOut(required=False, help_text="The store of a till.")
    updatedBy = RequestActorOut(allow_null=True, help_text="The checker, else the maker.")
    addedOn = serializers.DateTimeField()
    updatedOn = serializers.DateTimeField(help_text="Filed, failed or decided.")
    userId = serializers.IntegerField(help_text="The customer's id.")
    changeType = serializers.CharField()
    baseType = serializers.CharField(help_text="The same.")
    reason = serializers.CharField()
    comments = serializers.CharField(help_text="The maker's comments, else the checker's.")
    updatedComments = serializers.CharField(help_text="The checker's comments.")
    updatedReason = serializers.CharField(help_text="The checker's reason.")
    secUserId = serializers.IntegerField(
        help_text="The survivor of a merge, or the previous holder of the number; 0 for none."
    )
    oneStep = serializers.BooleanField()
    autoApproved = serializers.BooleanField()
    failure = serializers.CharField(
        required=False, help_text="The code of the rule that the approval broke."
    )
    warnings = WarningOut(many=True)
    changeIdentifiers = ChangesOut(required=False, help_text="Only for change requests.")
    transactionId = serializers.IntegerField(required=False, help_text="Only for retro requests.")
    reqAdd = serializers.BooleanField(required=False, help_text="Only for retro requests.")
    goodwillType = serializers.CharField(required=False, help_text="POINTS or COUPON.")
    goodwillStatus = serializers.CharField(required=False, help_text="The status of goodwill.")
    requestedValue = serializers.CharField(
        required=False, help_text="The requested points, or the coupon series."
    )
    approvedValue = serializers.CharField(
        required=False, help_text="The approved points, or the coupon series."
    )
    programId = serializers.IntegerField(required=False)
    seriesId = serializers.IntegerField(required=False)


class PaginationOut(serializers.Serializer):
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Number of matches, up to 10,000.")


class RequestsOut(serializers.Serializer):
    pagination = PaginationOut()
    data = RequestOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


def _entity(pk: int, code: str, name: str, type: str) -> dict[str, Any]:
    return {
        "id": pk,
        "code": code,
        "description": "",
        "name": name,
        "type": type,
        "adminType": "GENERAL",
        "isActive": True,
        "isOuEnabled": False,
        "timeZoneId": 0,
        "currencyId": 0,
        "languageId": 0,
    }


_TILL = _entity(21, "demo.till", "Demo till", "TILL")
_STORE = _entity(20, "storecode", "Web store 1", "STORE")
_CHECKER = _entity(31, "approver", "Asha Approver", "ADMIN_USER")


def _example(name: str, **fields: Any) -> OpenApiExample:
    common = {
        "addedBy": _TILL,
        "enteredBy": _TILL,
        "addedByParent": _STORE,
        "updatedBy": _CHECKER,
        "addedOn": "2026-03-02T17:30:00+05:30",
        "updatedOn": "2026-03-03T11:05:00+05:30",
        "reason": "asked at the till",
        "comments": "",
        "updatedComments": "saw the bill",
        "updatedReason": "",
        "secUserId": 0,
        "oneStep": False,
        "autoApproved": False,
        "warnings": [],
    }
    return OpenApiExample(
        name,
        value={
            "pagination": {"limit": 10, "offset": 0, "total": 1},
            "data": [common | fields],
            "warnings": [],
            "errors": [],
        },
        response_only=True,
    )


RETRO_EXAMPLE = _example(
    "A claimed bill",
    id=116681,
    requestId=116681,
    status="APPROVED",
    userId=368881003,
    changeType="RETRO",
    baseType="RETRO",
    transactionId=2866,
    reqAdd=True,
)
CHANGE_EXAMPLE = _example(
    "Another email address",
    id=560739,
    requestId=560739,
    status="APPROVED",
    userId=130238908,
    changeType="EMAIL",
    baseType="EMAIL",
    changeIdentifiers={
        "add": [{"type": "EMAIL", "value": "iwan.gold@example.com"}],
        "remove": [{"type": "EMAIL", "value": "dore.gold@example.com"}],
    },
)
GOODWILL_EXAMPLE = _example(
    "Points for a late parcel",
    id=770197,
    requestId=770197,
    status="APPROVED",
    userId=343040815,
    changeType="POINTS",
    baseType="POINTS",
    goodwillType="POINTS",
    goodwillStatus="APPROVED",
    requestedValue="500",
    approvedValue="450",
    programId=1016,
)
