"""Bodies of `customer/tickets` in v1.1, for the API page."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.body_schema import (
    ItemStatusOut,
    describe_answer,
    describe_body,
    describe_one_or_many,
)
from customers.api.v1_1.customer_lookup_schema import CustomerLookupIn, CustomerLookupOut
from customers.rules.tickets import PRIORITIES, REPORTED_FROM, STATUSES, TYPES

STATUS = {
    "success": "true",
    "code": 200,
    "message": "SUCCESS",
    "total": "1",
    "success_count": "1",
}


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

TICKET_EXAMPLE = {
    "code": "35t40ld04",
    "status": "CLOSED",
    "priority": "HIGH",
    "department": "INTERNAL",
    "subject": "Damaged product",
    "message": "Product received is damaged",
    "type": "CUSTOMER",
    "reported_from": "CALLCENTER",
    "assigned_to": "Meera Nair",
    "created_on": "2016-12-30 10:15:00",
    "custom_fields": {"field": [{"name": "field1", "value": "value1"}]},
}
READ_EXAMPLE = OpenApiExample(
    "Tickets of a customer",
    value={
        "response": {
            "status": STATUS,
            "customer": {
                "user_id": "418",
                "id": "418",
                "firstname": "Tom",
                "lastname": "Sawyer",
                "mobile": "44700900000",
                "email": "tom.sawyer@example.com",
                "external_id": "ts1234",
                "tickets": {"ticket": [TICKET_EXAMPLE]},
                "item_status": {
                    "success": "true",
                    "code": "1300",
                    "message": "The tickets were retrieved.",
                    "warnings": {"warning": []},
                },
            },
        }
    },
    response_only=True,
)
REPORT_EXAMPLE = OpenApiExample(
    "Points that cannot be redeemed",
    value={
        "root": {
            "customer": [
                {
                    "mobile": "44700900999",
                    "ticket": [
                        {
                            "status": "OPEN",
                            "priority": "HIGH",
                            "department": "INTERNAL",
                            "subject": "points issue",
                            "message": "Unable to redeem points",
                            "custom_fields": {"field": [{"name": "field1", "value": "value1"}]},
                        }
                    ],
                }
            ]
        }
    },
    request_only=True,
)
REPORT_ANSWER_EXAMPLE = OpenApiExample(
    "Reported",
    value={
        "response": {
            "status": STATUS,
            "customers": {
                "customer": [
                    {
                        "user_id": "430000002",
                        "id": "430000002",
                        "mobile": "44700900999",
                        "email": "catherine@example.com",
                        "external_id": "ct123",
                        "ticket": {
                            **TICKET_EXAMPLE,
                            "code": "k7wq2m9xc4fd",
                            "status": "OPEN",
                            "subject": "points issue",
                            "message": "Unable to redeem points",
                            "reported_from": "CLIENT",
                            "assigned_to": "",
                            "created_on": "2026-11-21 16:40:00",
                        },
                        "item_status": {
                            "success": "true",
                            "code": "1300",
                            "message": "The ticket was added.",
                            "warnings": {"warning": []},
                        },
                    }
                ]
            },
        }
    },
    response_only=True,
)
