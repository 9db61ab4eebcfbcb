"""Export tickets as rows of a table."""

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from import_export import fields, resources, widgets

from customers.imports.customer_export import SafeTextField
from customers.models import Ticket
from customers.rules.times import write_moment

BATCH_SIZE = 1_000


class TicketExport(resources.Resource):
    """One row per ticket; times are in the organization's time zone."""

    code = SafeTextField("code", "code")
    customer_id = fields.Field(
        "customer_id", "customerId", widgets.NumberWidget(coerce_to_string=False)
    )
    subject = SafeTextField("subject", "subject")
    message = SafeTextField("message", "message")
    status = fields.Field("status", "status")
    priority = fields.Field("priority", "priority")
    department = SafeTextField("department", "department")
    type = fields.Field("type", "type")
    reported_from = fields.Field("reported_from", "reportedFrom")
    assigned_to = SafeTextField(None, "assignedTo")
    created_at = fields.Field(None, "createdOn")
    modified_at = fields.Field(None, "modifiedOn")

    def __init__(self, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zone = zone

    def dehydrate_assigned_to(self, ticket: Ticket) -> str:
        return str(ticket.assigned_to) if ticket.assigned_to else ""

    def dehydrate_created_at(self, ticket: Ticket) -> str:
        return write_moment(ticket.created_at, self.zone)

    def dehydrate_modified_at(self, ticket: Ticket) -> str:
        return write_moment(ticket.modified_at, self.zone)


def export_tickets(*, zone: ZoneInfo, tickets: QuerySet[Ticket]) -> Iterator[list[Any]]:
    """Yield the header and one row for each ticket, newest first, in batches of a thousand."""
    resource = TicketExport(zone)
    yield resource.get_export_headers()
    for batch in _iterate_batches(tickets.select_related("assigned_to").order_by("-pk")):
        for ticket in batch:
            yield resource.export_resource(ticket)


def _iterate_batches(tickets: QuerySet[Ticket]) -> Iterable[list[Ticket]]:
    batch = list(tickets[:BATCH_SIZE])
    while batch:
        yield batch
        batch = list(tickets.filter(pk__lt=batch[-1].pk)[:BATCH_SIZE])
