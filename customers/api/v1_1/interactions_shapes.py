"""The answer of `customer/interaction` in v1.1."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, argument, computed, optional
from crm.dialects.v1_1.answer_fields import listed, number_text
from crm.dialects.v1_1.body_schema import describe_one_or_many
from crm.dialects.v1_1.envelope import StatusOut
from customers.api.v1_1.customer_shapes import CustomerLookupOut
from customers.models import Interaction
from customers.queries.interactions import InteractionGroup, NetworkInteractions
from customers.rules.interactions import CHECKIN, MESSAGES, SURVEY


def _format_score(score: int | None) -> str | None:
    return None if score is None else str(score)


def _list_places(group: InteractionGroup) -> Answer:
    rows = (row for row in group.rows if row.latitude is not None)
    return {"loc": [InteractionPlaceOut.build(row) for row in rows]}


def _build_networks_interactions(network: NetworkInteractions) -> Any:
    groups = [InteractionOut.build(group) for group in network.groups]
    return groups[0] if len(groups) == 1 else groups


def _get_survey_time(survey: Interaction) -> Any:
    return survey.completed_at or survey.happened_at


class InteractionPlaceOut(Shape):
    lat = number_text("latitude")
    long = number_text("longitude")
    time = serializers.CharField(source="happened_at")


class MessageOut(Shape):
    id = number_text("pk")
    sender = serializers.CharField()
    receiver = serializers.CharField()
    subject = serializers.CharField()
    sent_time = serializers.CharField(source="happened_at")
    delivered_time = serializers.CharField(source="delivered_at", allow_null=True)
    status = serializers.CharField(source="delivery_status")


class SurveyOut(Shape):
    name = serializers.CharField(source="survey_name")
    nps_score = computed(
        serializers.CharField(source="nps_score", allow_null=True, help_text="0 to 10."),
        _format_score,
    )
    sent_by = serializers.CharField()
    response_url = serializers.CharField()
    sent_time = serializers.CharField(source="happened_at")
    completion_time = serializers.CharField(source="completed_at", allow_null=True)


class InteractionOut(Shape):
    # All interactions of one type.
    type = computed(serializers.CharField(source="type"), str.lower)
    count = number_text("count")
    locs = optional(
        computed(listed("loc", InteractionPlaceOut), _list_places),
        when=lambda group: group.type == CHECKIN,
    )
    messages = optional(
        listed("message", MessageOut, source="rows"), when=lambda group: group.type in MESSAGES
    )
    surveys = optional(
        listed("survey", SurveyOut, source="rows"), when=lambda group: group.type == SURVEY
    )
    latest_nps_score = optional(
        computed(
            serializers.CharField(source="latest_survey.nps_score", allow_null=True), _format_score
        ),
        when="latest_survey",
    )
    latest_survey_name = optional(
        serializers.CharField(source="latest_survey.survey_name"), when="latest_survey"
    )
    latest_survey_interaction_time = optional(
        computed(serializers.CharField(source="latest_survey"), _get_survey_time),
        when="latest_survey",
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
    """One type of interaction, or a list of several."""


class NetworkOut(Shape):
    name = computed(serializers.CharField(source="network"), str.lower)
    interaction = computed(
        OneOrMoreInteractions(help_text="A single type is an object."),
        _build_networks_interactions,
    )


class InteractionsOut(Shape):
    user_id = number_text("customer_id")
    id = number_text("customer_id")
    mobile = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    external_id = serializers.CharField(allow_null=True)
    interactions = argument(listed("network", NetworkOut, source="*"), "networks")


class InteractionsStatusOut(StatusOut):
    response_code = serializers.CharField(help_text="The code again, as text.")


INTERACTIONS_RESPONSE = describe_one_or_many(
    "Interactions",
    "customers",
    "customer",
    InteractionsOut,
    CustomerLookupOut,
    status=InteractionsStatusOut,
)
