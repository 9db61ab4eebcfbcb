"""Bodies of `customer/tickets` in v1.1, for the API page."""

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.body_schema import (
    ItemStatusOut,
    describe_answer,
    describe_body,
    describe_one_or_many,
)
from customers.api.v1_1.customer_lookup_schema import CustomerLookupIn, CustomerLookupOut
from customers.rules.tickets import PRIORITIES, REPORTED_FROM, STATUSES, TYPES


def _format_choices(choices: tuple[str, ...]) -> str:
    return ", ".join(f"`{choice}`" for choice in choices) + ", in any case."


def build_parameters(intro: str) -> list[OpenApiParameter]:
    """Return the query parameters of both operations; ``intro`` begins their descriptions."""
    return [
        OpenApiParameter("status", str, description=f"{intro} {_format_choices(STATUSES)}"),
        OpenApiParameter("priority", str, description=f"{intro} {_format_choices(PRIORITIES)}"),
        OpenApiParameter("department", str, description=f"{intro} the responsible department."),
        OpenApiParameter("ticket_code", str, description=f"{intro} the ticket's code."),
        OpenApiParameter(
            "reported_from", str, description=f"{intro} {_format_choices(REPORTED_FROM)}"
        ),
        OpenApiParameter("type", str, description=f"{intro} {_format_choices(TYPES)}"),
    ]


class TicketFieldOut(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.JSONField(allow_null=True)


class TicketFieldIn(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.CharField(required=False, allow_null=True)


class TicketIn(serializers.Serializer):
    subject = serializers.CharField()
    message = serializers.CharField(required=False)
    status = serializers.CharField(required=False, help_text=_format_choices(STATUSES))
    priority = serializers.CharField(required=False, help_text=_format_choices(PRIORITIES))
    department = serializers.CharField(required=False)
    ticket_code = serializers.CharField(required=False)
    reported_from = serializers.CharField(required=False, help_text=_format_choices(REPORTED_FROM))
    type = serializers.CharField(required=False, help_text=_format_choices(TYPES))
    custom_fields = inline_serializer(
        "TicketFieldsIn", {"field": TicketFieldIn(many=True)}, required=False
    )


class CustomerTicketIn(CustomerLookupIn):
    ticket = TicketIn(many=True)


class TicketOut(serializers.Serializer):
    code = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)
    priority = serializers.ChoiceField(PRIORITIES)
    department = serializers.CharField()
    subject = serializers.CharField()
    message = serializers.CharField()
    type = serializers.ChoiceField(TYPES)
    reported_from = serializers.ChoiceField(REPORTED_FROM)
    assigned_to = serializers.CharField(help_text="The assignee; empty if unassigned.")
    created_on = serializers.CharField()
    custom_fields = inline_serializer("TicketFields", {"field": TicketFieldOut(many=True)})


class ReportRow(CustomerLookupOut):
    ticket = serializers.JSONField(
        required=False, help_text="The current ticket; a list if several were passed."
    )
    item_status = ItemStatusOut()


class TicketsRow(CustomerLookupOut):
    firstname = serializers.CharField(required=False)
    lastname = serializers.CharField(required=False)
    tickets = inline_serializer("TicketsList", {"ticket": TicketOut(many=True)}, required=False)
    item_status = ItemStatusOut()


REPORT_REQUEST = describe_body("ReportTicket", "customer", CustomerTicketIn)
REPORT_RESPONSE = describe_answer("TicketReported", "customers", "customer", ReportRow)
TICKETS_RESPONSE = describe_one_or_many("TicketsRead", "customers", "customer", TicketsRow)
