"""The shapes and examples of cards for the API page; the answers are made without it."""

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from customers.api.v2.answers import WarningOut
from customers.api.v2.loyalty_schema import CardStatusOut
from loyalty.api.v2.cards_in import Anything


class LabelOut(serializers.Serializer):
    id = serializers.IntegerField(required=False)
    label = serializers.CharField(required=False)  # type: ignore[assignment]
    status = serializers.CharField(required=False, help_text="What the label stands for.")


class ChangedOut(serializers.Serializer):
    cardId = serializers.IntegerField(required=False)
    customerId = serializers.IntegerField(required=False, allow_null=True)
    cardNumber = serializers.CharField(required=False)
    cardExternalId = serializers.CharField(required=False, allow_null=True)
    seriesId = serializers.IntegerField(required=False)
    orgId = serializers.IntegerField(required=False)
    entityId = serializers.IntegerField(required=False, allow_null=True)
    extendedFields = serializers.DictField(required=False)
    customFields = serializers.DictField(required=False)
    mappedEntity = Anything(required=False, allow_null=True)
    statusLabelInfo = LabelOut(required=False)
    statusInfo = CardStatusOut(required=False)
    transactionNotAllowed = serializers.BooleanField(required=False)


class CardChangedOut(ChangedOut):
    warnings = WarningOut(many=True)


class CardItemOut(serializers.Serializer):
    entityId = ChangedOut(help_text="The card; what named it where it was refused.")
    errors = WarningOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class CardsChangedOut(serializers.Serializer):
    response = CardItemOut(many=True)
    totalCount = serializers.IntegerField()
    failureCount = serializers.IntegerField()
    warnings = WarningOut(many=True)


_STATUS = {
    "reason": "lost",
    "createdBy": 50016843,
    "actions": [],
    "autoUpdateTime": "2021-11-23",
    "createdOn": "2021-11-23T15:31:33+05:30",
    "entityId": 418,
    "id": 478,
    "isActive": True,
    "labelId": 31,
    "label": "Lost",
    "status": "SUSPENDED",
}
_CHANGED = {
    "cardId": 418,
    "customerId": 341594630,
    "cardNumber": "visasushi006",
    "cardExternalId": "orea7",
    "seriesId": 23,
    "orgId": 50247,
    "entityId": 50016843,
    "extendedFields": {"card_balance": 1000.0},
    "customFields": {"cardname": "sushi"},
    "mappedEntity": None,
    "statusLabelInfo": {"id": 31, "label": "Lost", "status": "SUSPENDED"},
    "statusInfo": _STATUS,
    "transactionNotAllowed": True,
}
_CHANGE = {
    "cardNumber": "visasushi006",
    "statusLabel": "Lost",
    "statusInfo": {"reason": "lost"},
}

CARD_EXAMPLE = OpenApiExample(
    "A card",
    value={
        "cardId": 418,
        "issuedDate": "2021-11-23T15:31:33+05:30",
        "createdDate": "2021-11-23",
        "expiryDays": 0,
        "expiryDate": None,
        "seriesName": "sushicard",
        "customerId": 341594630,
        "maxActiveCards": 60,
        "cardExternalId": "orea7",
        "extendedFields": {"card_balance": 1000.0},
        "customFields": {"cardname": "sushi"},
        "type": "DIGITAL",
        "cardNumber": "visasushi006",
        "seriesId": 23,
        "seriesCode": "422",
        "orgId": 50247,
        "entityId": 50016843,
        "statusInfo": _STATUS,
        "id": 418,
        "transactionNotAllowed": True,
        "warnings": [],
    },
    response_only=True,
)
ADDED_EXAMPLES = [
    OpenApiExample(
        "A plastic card",
        value={
            "seriesId": 23,
            "cardNumber": "EXTERNALCARD9875692",
            "cardExternalId": "orea7",
            "statusLabel": "NOT_ISSUED",
            "customFields": {"cardname": "sushi"},
        },
        request_only=True,
    ),
    OpenApiExample("Added", value={"entity": 418, "warnings": []}, response_only=True),
]
CHANGED_EXAMPLES = [
    OpenApiExample("A lost card", value=_CHANGE, request_only=True),
    OpenApiExample("Changed", value={**_CHANGED, "warnings": []}, response_only=True),
]
BULK_EXAMPLES = [
    OpenApiExample("A lost card", value=_CHANGE, request_only=True),
    OpenApiExample(
        "Changed",
        value={
            "response": [{"entityId": _CHANGED, "errors": [], "warnings": []}],
            "totalCount": 1,
            "failureCount": 0,
            "warnings": [],
        },
        response_only=True,
    ),
]
