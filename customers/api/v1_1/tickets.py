"""Tickets of customers (v1.1, "Create New Ticket", "Retrieve Ticket Details")."""

from datetime import datetime

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.batch_items import Item, check_total, read_string, read_text
from crm.dialects.v1_1.envelope import build_list_response, build_one_or_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.kernel.errors import DomainError, Notice
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    build_merge_notices,
    build_rows,
    echo_identifiers,
    find_item_customer,
    find_requested_customers,
    list_match_headings,
)
from customers.api.v1_1.tickets_shapes import (
    REPORT_REQUEST,
    REPORT_RESPONSE,
    TICKETS_RESPONSE,
    CustomerTicketIn,
    ReportOut,
    TicketIn,
    TicketOut,
    TicketsOut,
    build_parameters,
)
from customers.operations.tickets.report import TicketReport, report_ticket
from customers.queries.customers.headings import list_headings
from customers.queries.tickets import TicketFilter, list_tickets
from customers.rules.times import read_span

CHOICE_FIELDS = ("status", "priority", "department", "reported_from", "type")


class Tickets(V11View):
    """GET, POST /v1.1/customer/tickets"""

    operation = {"GET": "v1.customer.tickets", "POST": "v1.customer.addTicket"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}
    examples = {"GET": {"mobile": "44700900000"}}
    refusals = {
        "GET": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            errors.TicketFilterInvalid,
        ],
        "POST": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            errors.TicketSubjectMissing,
            errors.TicketSubjectTaken,
            errors.TicketInvalid,
            errors.TicketCodeTaken,
        ],
    }

    @extend_schema(
        summary="Retrieve tickets of customers",
        tags=["v1.1 customer"],
        parameters=[
            *LOOKUP_PARAMETERS,
            *build_parameters("Filter:"),
            OpenApiParameter("start_date", str, description="Reported at or after this time."),
            OpenApiParameter("end_date", str, description="Reported at or before this time."),
        ],
        responses=TICKETS_RESPONSE,
        examples=load_examples(__file__, "tickets"),
    )
    def get(self, request: Request) -> Response:
        """List the tickets of customers, newest first, at most a thousand in all.

        A customer without matching tickets has an empty list. A date without a time means the
        whole day in the organization's time zone. An unknown filter value fails with 400.
        """
        matches = find_requested_customers(self)
        headings = list_match_headings(self.org.pk, matches)
        try:
            tickets = list_tickets(
                org_id=self.org.pk, customer_ids=headings, ticket_filter=self._build_filter()
            )
        except DomainError as refusal:
            rows = [self.build_refusal_row(refusal, lookup.echo) for lookup, _ in matches]
            return Response(build_one_or_list_response("customers", "customer", rows))
        rows = build_rows(
            self,
            matches,
            lambda match: ItemResult(
                TicketsOut.build(headings[match.customer_id], tickets=tickets[match.customer_id]),
                "done.tickets.retrieved",
            ),
        )
        return Response(build_one_or_list_response("customers", "customer", rows))

    @extend_schema(
        summary="Report tickets of customers",
        tags=["v1.1 customer"],
        parameters=build_parameters("Default of the tickets:"),
        request=REPORT_REQUEST,
        responses=REPORT_RESPONSE,
        examples=load_examples(__file__, "report_tickets"),
    )
    def post(self, request: Request) -> Response:
        """Open or update tickets of customers. All tickets of an item are saved, or none.

        A body holds at most a hundred tickets (1060).

        A new ticket gets a random code, or the `ticket_code` that is passed. The `ticket_code` of
        an existing ticket of the customer updates it: the status, priority and other values that
        are passed change, and a new message is added as an answer. A subject that an unfinished
        ticket of the customer (not RESOLVED or CLOSED) already has fails with 1301, ignoring
        case; a missing subject fails with 1303. Unknown or invalid custom fields are warnings
        (1017).
        """
        items = self.items("customer")
        check_total(items, "ticket")
        rows = self.write_each(items, self._report_tickets, echo_identifiers)
        return Response(build_list_response("customers", "customer", rows))

    # --- Reading ------------------------------------------------------------------------

    def _build_filter(self) -> TicketFilter:
        values = {
            name: read_text(self.request.query_params.get(name)) or "" for name in CHOICE_FIELDS
        }
        return TicketFilter(
            **values,
            code=read_text(self.request.query_params.get("ticket_code")) or "",
            since=self._read_moment("start_date"),
            until=self._read_moment("end_date", is_end=True),
        )

    def _read_moment(self, name: str, *, is_end: bool = False) -> datetime | None:
        raw = read_text(self.request.query_params.get(name))
        if raw is None:
            return None
        span = read_span(raw, self.org.zone)
        if span is None:
            raise errors.TicketFilterInvalid(field=name)
        return span.last if is_end else span.start

    # --- Writing ------------------------------------------------------------------------

    def _report_tickets(self, item: Item) -> ItemResult:
        customer = find_item_customer(self, item)
        warnings: list[Notice] = build_merge_notices(customer)
        tickets = []
        for ticket in CustomerTicketIn.read(item)["ticket"]:
            result = report_ticket(
                origin=self.origin, report=self._build_report(customer.customer_id, ticket)
            )
            tickets.append(TicketOut.build(result.ticket))
            warnings += result.notices
        headings = list_headings(org_id=self.org.pk, customer_ids=[customer.customer_id])
        return ItemResult(
            ReportOut.build(
                headings[customer.customer_id],
                ticket=tickets[0] if len(tickets) == 1 else tickets,
            ),
            "done.tickets.reported",
            warnings,
        )

    def _build_report(self, customer_id: int, ticket: Item) -> TicketReport:
        values = TicketIn.read(ticket)
        query = self.request.query_params
        defaults = {name: read_text(query.get(name)) for name in CHOICE_FIELDS}
        code = values["code"] or read_text(ticket.get("code"))
        return TicketReport(
            customer_id=customer_id,
            **values
            | {name: values[name] or default for name, default in defaults.items()}
            | {"code": code or read_string(query.get("ticket_code"))},
        )
