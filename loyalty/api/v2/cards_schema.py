"""The schema and examples of cards for the API page; answers do not use it."""

from operator import not_

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from crm.dialects.answer_shapes import Shape, argument, computed, if_none
from customers.api.v2.loyalty_shapes import CardStatusOut, build_card_status, get_card_entity
from customers.api.v2.shared_schema import WarningOut
from loyalty.api.v2.card_input import AnyJSON


class LabelOut(Shape):
    id = serializers.IntegerField(source="label_id", required=False)
    label = serializers.CharField(required=False)  # type: ignore[assignment]
    status = serializers.CharField(required=False, help_text="The status of the label.")


class ChangedOut(Shape):
    cardId = serializers.IntegerField(source="id", required=False)
    customerId = serializers.IntegerField(source="customer_id", required=False, allow_null=True)
    cardNumber = serializers.CharField(source="number", required=False)
    cardExternalId = serializers.CharField(source="external_id", required=False, allow_null=True)
    seriesId = serializers.IntegerField(source="series_id", required=False)
    orgId = serializers.IntegerField(source="org_id", required=False)
    entityId = computed(serializers.IntegerField(required=False, allow_null=True), get_card_entity)
    extendedFields = serializers.DictField(source="extended_fields", required=False)
    customFields = serializers.DictField(source="custom_fields", required=False)
    mappedEntity = AnyJSON(source="mapped_entity", required=False, allow_null=True)
    statusLabelInfo = if_none(LabelOut(source="info", required=False), {})
    statusInfo = computed(CardStatusOut(required=False), build_card_status)
    transactionNotAllowed = computed(
        serializers.BooleanField(source="transactions_allowed", required=False), not_
    )


class CardChangedOut(ChangedOut):
    warnings = argument(WarningOut(many=True), "warnings")


class CardItemOut(serializers.Serializer):
    entityId = ChangedOut(help_text="The card; if refused, its number or external id.")
    errors = WarningOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class CardsChangedOut(serializers.Serializer):
    response = CardItemOut(many=True)
    totalCount = serializers.IntegerField()
    failureCount = serializers.IntegerField()
    warnings = WarningOut(many=True)


_ACTIVE = {
    "reason": "",
    "createdBy": 50016843,
    "actions": [],
    "autoUpdateTime": "2016-07-01",
    "createdOn": "2016-07-01T15:31:33+05:30",
    "entityId": 418,
    "id": 477,
    "isActive": True,
    "labelId": 30,
    "label": "ACTIVE",
    "status": "ACTIVE",
}
_LOST = {
    **_ACTIVE,
    "reason": "left on a train",
    "autoUpdateTime": "2021-11-23",
    "createdOn": "2021-11-23T15:31:33+05:30",
    "id": 478,
    "labelId": 31,
    "label": "LOST",
    "status": "SUSPENDED",
}
_CARD = {
    "cardId": 418,
    "customerId": 17742,
    "cardNumber": "TTM001110000000002ZS",
    "cardExternalId": "orea7",
    "seriesId": 19,
    "orgId": 50247,
    "entityId": 50016843,
    "extendedFields": {"card_balance": 1000.0},
    "customFields": {"cardname": "sushi"},
}
_CHANGED = {
    **_CARD,
    "mappedEntity": None,
    "statusLabelInfo": {"id": 31, "label": "LOST", "status": "SUSPENDED"},
    "statusInfo": _LOST,
    "transactionNotAllowed": True,
}
_CHANGE = {
    "cardNumber": _CARD["cardNumber"],
    "statusLabel": "LOST",
    "statusInfo": {"reason": "left on a train"},
}
_ENGRAVED = {"cardExternalId": "orea8", "customFields": {"cardname": "Priya"}}

CARD_EXAMPLE = OpenApiExample(
    "A card",
    value={
        **_CARD,
        "issuedDate": "2016-07-01T15:31:33+05:30",
        "createdDate": "2016-07-01",
        "expiryDays": 0,
        "expiryDate": None,
        "seriesName": "Trunk card",
        "maxActiveCards": -1,
        "type": "DIGITAL",
        "seriesCode": "TTM0011",
        "statusInfo": _ACTIVE,
        "id": 418,
        "transactionNotAllowed": False,
        "warnings": [],
    },
    response_only=True,
)
ADDED_EXAMPLES = [
    OpenApiExample(
        "A plastic card",
        value={
            "seriesCode": "GOLDPHY98",
            "cardNumber": "EXTERNALCARD9875692",
            "cardExternalId": "carduuid_1",
            "statusLabel": "NOT_ISSUED",
            "customFields": {"cardname": "Tom"},
        },
        request_only=True,
    ),
    OpenApiExample("Added", value={"entity": 418, "warnings": []}, response_only=True),
]
CHANGED_EXAMPLES = [
    OpenApiExample("A lost card", value=_CHANGE, request_only=True),
    OpenApiExample("A name on it, by its external id", value=_ENGRAVED, request_only=True),
    OpenApiExample("Changed", value={**_CHANGED, "warnings": []}, response_only=True),
]
BULK_EXAMPLES = [
    # Each example becomes a list with one element.
    OpenApiExample("A lost card", value=_CHANGE, request_only=True),
    OpenApiExample("A name on it, by its external id", value=_ENGRAVED, request_only=True),
    OpenApiExample(
        "Changed",
        value={
            "response": [
                {"entityId": _CHANGED, "errors": [], "warnings": []},
                {
                    "entityId": {"cardExternalId": "orea9"},
                    "errors": [
                        {
                            "status": False,
                            "code": 404,
                            "message": "The organization has no such card.",
                        }
                    ],
                    "warnings": [],
                },
            ],
            "totalCount": 2,
            "failureCount": 1,
            "warnings": [],
        },
        response_only=True,
    ),
]
