"""How changed cards read on the wire in v2."""

from operator import not_

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
