"""What callers say of cards, in the domain's words."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.dialects.v2.reading import Id
from customers.api.v2.fields_in import IdentifierValue, Text, Values, listed
from loyalty.operations.adding_cards import NewCard
from loyalty.operations.updating_cards import CardChange

MOST_CARDS = 100


@extend_schema_field(OpenApiTypes.ANY)
class Anything(serializers.JSONField):
    """Whatever JSON the caller keeps there; the rules measure it."""


class StatusInfoIn(serializers.Serializer):
    reason = Text()


class CardIn(serializers.Serializer):
    cardNumber = IdentifierValue(required=False, allow_null=True)
    cardExternalId = IdentifierValue(required=False, allow_null=True)
    seriesId = Id(required=False, allow_null=True)
    seriesCode = Text()
    statusLabel = Text(help_text="One of the organization's labels for cards, in any case.")
    statusInfo = StatusInfoIn(required=False, allow_null=True)
    customFields = Values()
    extendedFields = Values()
    mappedEntity = Anything(required=False, allow_null=True, help_text="Kept as it comes.")


class CardChangeIn(CardIn):
    cardNumber = IdentifierValue(
        required=False, allow_null=True, help_text="Which card; without it, its external id."
    )


class CardChangesIn(serializers.Serializer):
    cards = listed(CardChangeIn(), MOST_CARDS, required=True, allow_null=False)


def new_card(body: Mapping[str, Any]) -> NewCard:
    return NewCard(number=body.get("cardNumber"), **_said(body))


def card_change(body: Mapping[str, Any]) -> CardChange:
    return CardChange(number=body.get("cardNumber"), **_said(body))


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
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
