"""Parameters, bodies and answers of `customer/tickets` in v1.1."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from crm.dialects.answer_shapes import Shape, argument, computed
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.answer_fields import listed, number_text, optional_text
from crm.dialects.v1_1.batch_items import Item, as_list, read_named_values, read_string
from crm.dialects.v1_1.body_schema import (
    describe_answer,
    describe_body,
    describe_one_or_many,
)
from crm.dialects.v1_1.item_shapes import ItemShape, listed_in, read_by
from customers.api.v1_1.customer_shapes import (
    CustomerLookupIn,
    CustomerLookupOut,
    CustomerOut,
    IdentifiersOut,
    NamedValuesOut,
    list_named_values,
)
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


# --- In ---------------------------------------------------------------------------------


def read_tickets(data: Any) -> list[Item]:
    tickets = [ticket or {} for ticket in as_list(data)]
    if not tickets:
        raise RequestInvalid(detail="There is no ticket.")
    if not all(isinstance(ticket, Mapping) for ticket in tickets):
        raise RequestInvalid(detail="Each ticket must be an object.")
    return tickets


class TicketFieldIn(ItemShape):
    name = serializers.CharField()
    value = optional_text()


class TicketIn(ItemShape):
    subject = read_by(serializers.CharField(), read_string)
    message = read_by(serializers.CharField(required=False), read_string)
    status = serializers.CharField(required=False, help_text=_format_choices(STATUSES))
    priority = serializers.CharField(required=False, help_text=_format_choices(PRIORITIES))
    department = serializers.CharField(required=False)
    ticket_code = serializers.CharField(required=False, source="code")
    reported_from = serializers.CharField(required=False, help_text=_format_choices(REPORTED_FROM))
    type = serializers.CharField(required=False, help_text=_format_choices(TYPES))
    custom_fields = read_by(listed_in("field", TicketFieldIn, required=False), read_named_values)


class CustomerTicketIn(CustomerLookupIn):
    ticket = read_by(TicketIn(many=True), read_tickets)


# --- Out --------------------------------------------------------------------------------


class TicketOut(Shape):
    code = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)
    priority = serializers.ChoiceField(PRIORITIES)
    department = serializers.CharField()
    subject = serializers.CharField()
    message = serializers.CharField()
    type = serializers.ChoiceField(TYPES)
    reported_from = serializers.ChoiceField(REPORTED_FROM)
    assigned_to = serializers.CharField(help_text="The assignee; empty if unassigned.")
    created_on = serializers.CharField(source="created_at")
    custom_fields = computed(
        NamedValuesOut(source="custom_fields"), lambda fields: list_named_values(fields.items())
    )


class ReportOut(IdentifiersOut):
    id = number_text("customer_id")
    ticket = argument(
        serializers.JSONField(help_text="The current ticket; a list if several were passed."),
        "ticket",
    )


class TicketsOut(CustomerOut):
    id = number_text("customer_id")
    tickets = argument(listed("ticket", TicketOut, source="*"), "tickets")


REPORT_REQUEST = describe_body("ReportTicket", "customer", CustomerTicketIn)
REPORT_RESPONSE = describe_answer(
    "TicketReported", "customers", "customer", ReportOut, CustomerLookupOut
)
TICKETS_RESPONSE = describe_one_or_many(
    "TicketsRead", "customers", "customer", TicketsOut, CustomerLookupOut
)
