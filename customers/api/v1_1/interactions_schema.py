"""The answer of `customer/interaction` in v1.1, for the API page."""

from drf_spectacular.utils import (
    PolymorphicProxySerializer,
    extend_schema_field,
    inline_serializer,
)
from rest_framework import serializers

from crm.dialects.v1_1.body_schema import ItemStatusOut, StatusOut
from customers.api.v1_1.customer_lookup_schema import CustomerLookupOut


class InteractionPlaceOut(serializers.Serializer):
    """For the API page only: the place of a check-in."""

    lat = serializers.CharField()
    long = serializers.CharField()
    time = serializers.CharField()


class MessageOut(serializers.Serializer):
    """For the API page only: a message that was sent."""

    id = serializers.CharField()
    sender = serializers.CharField()
    receiver = serializers.CharField()
    subject = serializers.CharField()
    sent_time = serializers.CharField()
    delivered_time = serializers.CharField(allow_null=True)
    status = serializers.CharField()


class SurveyOut(serializers.Serializer):
    """For the API page only: a survey that was sent."""

    name = serializers.CharField()
    nps_score = serializers.CharField(allow_null=True, help_text="0 to 10.")
    sent_by = serializers.CharField()
    response_url = serializers.CharField()
    sent_time = serializers.CharField()
    completion_time = serializers.CharField(allow_null=True)


class InteractionOut(serializers.Serializer):
    """For the API page only: all interactions of one type."""

    type = serializers.CharField()
    count = serializers.CharField()
    locs = inline_serializer(
        "InteractionPlaces", {"loc": InteractionPlaceOut(many=True)}, required=False
    )
    messages = inline_serializer(
        "InteractionMessages", {"message": MessageOut(many=True)}, required=False
    )
    latest_nps_score = serializers.CharField(required=False, allow_null=True)
    latest_survey_name = serializers.CharField(required=False)
    latest_survey_interaction_time = serializers.CharField(required=False)
    surveys = inline_serializer(
        "InteractionSurveys", {"survey": SurveyOut(many=True)}, required=False
    )


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="OneOrMoreInteractions",
        serializers=[InteractionOut, InteractionOut(many=True)],
        resource_type_field_name=None,
        many=False,
    )
)
class OneOrMoreInteractions(serializers.Field):
    """For the API page only: one type of interaction, or a list of several."""


class NetworkOut(serializers.Serializer):
    """For the API page only: a network and its interactions."""

    name = serializers.CharField()
    interaction = OneOrMoreInteractions(help_text="A single type is an object.")


class InteractionsRow(CustomerLookupOut):
    """For the API page only: a customer with their interactions."""

    interactions = inline_serializer(
        "InteractionNetworks", {"network": NetworkOut(many=True)}, required=False
    )
    item_status = ItemStatusOut()


class InteractionsStatusOut(StatusOut):
    """For the API page only: the response status, with its code repeated."""

    response_code = serializers.CharField(help_text="The code again, as text.")


INTERACTIONS_RESPONSE = inline_serializer(
    "InteractionsAnswer",
    {
        "response": inline_serializer(
            "InteractionsResponse",
            {
                "status": InteractionsStatusOut(),
                "customer": InteractionsRow(required=False),
                "customers": inline_serializer(
                    "InteractionsRows", {"customer": InteractionsRow(many=True)}, required=False
                ),
            },
        )
    },
)
