"""The request bodies of cards, and their conversion for the operations."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.dialects.v2.serializer_fields import IdField
from customers.api.v2.field_types import IdentifierValue, Text, Values, bounded_list
from loyalty.operations.cards.add import NewCard
from loyalty.operations.cards.update import CardUpdate

MAX_CARDS = 100


@extend_schema_field(OpenApiTypes.ANY)
class AnyJSON(serializers.JSONField):
    """Any JSON value; the rules check its size."""


class StatusInfoIn(serializers.Serializer):
    reason = Text()


class CardIn(serializers.Serializer):
    cardNumber = IdentifierValue(required=False, allow_null=True)
    cardExternalId = IdentifierValue(required=False, allow_null=True)
    seriesId = IdField(required=False, allow_null=True)
    seriesCode = Text()
    statusLabel = Text(help_text="One of the organization's labels for cards, in any case.")
    statusInfo = StatusInfoIn(required=False, allow_null=True)
    customFields = Values()
    extendedFields = Values()
    mappedEntity = AnyJSON(required=False, allow_null=True, help_text="Stored unchanged.")


class CardChangeIn(CardIn):
    cardNumber = IdentifierValue(
        required=False,
        allow_null=True,
        help_text="The card; if omitted, it is found by external id.",
    )


class CardChangesIn(serializers.Serializer):
    cards = bounded_list(CardChangeIn(), MAX_CARDS, required=True, allow_null=False)


def build_new_card(body: Mapping[str, Any]) -> NewCard:
    return NewCard(number=body.get("cardNumber"), **_read_fields(body))


def build_card_change(body: Mapping[str, Any]) -> CardUpdate:
    return CardUpdate(number=body.get("cardNumber"), **_read_fields(body))


def _read_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "external_id": body.get("cardExternalId"),
        "series_id": body.get("seriesId"),
        "series_code": body.get("seriesCode"),
        "label": body.get("statusLabel"),
        "reason": (body.get("statusInfo") or {}).get("reason") or "",
        "custom_fields": body.get("customFields") or {},
        "extended_fields": body.get("extendedFields") or {},
        "mapped_entity": body.get("mappedEntity"),
    }
