"""Tickets of customers (v1.1, "Create New Ticket", "Retrieve Ticket Details")."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.refusals import RequestInvalid
from crm.dialects.v1_1.envelope import listed, one_or_listed
from crm.dialects.v1_1.items import Item, as_list, check_total, named_values, text
from crm.dialects.v1_1.views import Done, Row, V11View
from crm.kernel.errors import DomainError, Notice
from crm.tenancy.models import Scope
from customers import errors, service_errors
from customers.api.v1_1.heads import fields_out, headings_of, known_by, named
from customers.api.v1_1.tickets_schema import (
    READ_EXAMPLE,
    REPORT,
    REPORT_EXAMPLE,
    REPORTED,
    REPORTED_EXAMPLE,
    TICKETS,
    parameters,
)
from customers.api.v1_1.whom import (
    WHOM,
    done_for,
    echo,
    find_asked,
    find_one,
    merged_notices,
)
from customers.operations.reporting_tickets import TicketReport, report_ticket
from customers.queries.headings import Heading, list_headings
from customers.queries.tickets import TicketFilter, TicketView, list_tickets
from customers.queries.whom import Whom
from customers.rules.times import end_of_day, parse_moment

WORDS = ("status", "priority", "department", "reported_from", "type")
DAY_ALONE = 10  # characters of a date without a clock


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
            service_errors.TicketFilterInvalid,
        ],
        "POST": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            service_errors.TicketSubjectMissing,
            service_errors.TicketSubjectTaken,
            service_errors.TicketInvalid,
            service_errors.TicketCodeTaken,
        ],
    }

    @extend_schema(
        summary="Retrieve tickets of customers",
        tags=["v1.1 customer"],
        parameters=[
            *WHOM,
            *parameters("Only"),
            OpenApiParameter("start_date", str, description="Reported then or later."),
            OpenApiParameter("end_date", str, description="Reported then or earlier."),
        ],
        responses=TICKETS,
        examples=[READ_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """Tell what customers reported, newest first, a thousand in all at most.

        A customer without such tickets has an empty list. A day without a clock is meant whole,
        in the organization's time zone; a word that nobody knows is refused with 400.
        """
        found = find_asked(self)
        headings = headings_of(self.org.pk, (whom for _, whom in found))
        try:
            tickets = list_tickets(org_id=self.org.pk, customer_ids=headings, asked=self._filter())
        except DomainError as refusal:
            rows = [self.refused(refusal, asked.echo) for asked, _ in found]
            return Response(one_or_listed("customers", "customer", rows))
        rows = [
            self.refused(whom, asked.echo)
            if isinstance(whom, DomainError)
            else self._read(whom, headings[whom.customer_id], tickets[whom.customer_id])
            for asked, whom in found
        ]
        return Response(one_or_listed("customers", "customer", rows))

    @extend_schema(
        summary="Report tickets of customers",
        tags=["v1.1 customer"],
        parameters=parameters("Where the ticket does not say it:"),
        request=REPORT,
        responses=REPORTED,
        examples=[REPORT_EXAMPLE, REPORTED_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Open tickets of customers; all that one customer reports, or nothing of it.

        A body holds a hundred tickets at most (1060).

        The code of a new ticket cannot be guessed, unless `ticket_code` gives it one. A
        `ticket_code` that a ticket of the customer has brings that one up to date: its status,
        priority and so on change as far as they are passed, and a new message is kept as an
        answer. A subject that the customer has in a ticket which is not RESOLVED or CLOSED is
        refused with 1301, whatever its case; none at all with 1303. Custom fields that are
        unknown or do not fit are warnings (1017).
        """
        items = self.items("customer")
        check_total(items, "ticket")
        rows = self.write_each(items, self._report, echo)
        return Response(listed("customers", "customer", rows))

    # --- Reading ------------------------------------------------------------------------

    def _filter(self) -> TicketFilter:
        said = {name: text(self.request.query_params.get(name)) or "" for name in WORDS}
        return TicketFilter(
            **said,
            code=text(self.request.query_params.get("ticket_code")) or "",
            since=self._moment("start_date"),
            until=self._moment("end_date", is_end=True),
        )

    def _moment(self, name: str, *, is_end: bool = False) -> datetime | None:
        said = text(self.request.query_params.get(name))
        if said is None:
            return None
        moment = parse_moment(said, self.org.zone)
        if moment is None:
            raise service_errors.TicketFilterInvalid(field=name)
        if is_end and len(said) <= DAY_ALONE:
            return end_of_day(moment.astimezone(self.org.zone).date(), self.org.zone)
        return moment

    def _read(self, whom: Whom, heading: Heading, tickets: Sequence[TicketView]) -> Row:
        answer = {
            **named(heading),
            "id": str(heading.customer_id),
            "tickets": {"ticket": [_shown(ticket) for ticket in tickets]},
        }
        return self.done(done_for(whom, Done(answer, "done.tickets.retrieved")))

    # --- Writing ------------------------------------------------------------------------

    def _report(self, item: Item) -> Done:
        whom = find_one(self, item)
        said = _tickets_in(item)
        warnings: list[Notice] = merged_notices(whom)
        tickets = []
        for ticket in said:
            reported = report_ticket(
                origin=self.origin, report=self._report_in(whom.customer_id, ticket)
            )
            tickets.append(_shown(reported.ticket))
            warnings += reported.notices
        heading = list_headings(org_id=self.org.pk, customer_ids=[whom.customer_id])
        return Done(
            {
                **known_by(heading[whom.customer_id]),
                "id": str(whom.customer_id),
                "ticket": tickets[0] if len(tickets) == 1 else tickets,
            },
            "done.tickets.reported",
            warnings,
        )

    def _report_in(self, customer_id: int, ticket: Item) -> TicketReport:
        query = self.request.query_params
        said = {name: text(ticket.get(name)) or text(query.get(name)) for name in WORDS}
        code = text(ticket.get("ticket_code")) or text(ticket.get("code"))
        return TicketReport(
            customer_id=customer_id,
            code=code or text(query.get("ticket_code")) or "",
            subject=text(ticket.get("subject")) or "",
            message=text(ticket.get("message")) or "",
            custom_fields=named_values(ticket.get("custom_fields")),
            **said,
        )


def _tickets_in(item: Item) -> list[Item]:
    tickets = as_list(item.get("ticket"))
    if not tickets:
        raise RequestInvalid(detail="There is no ticket.")
    tickets = [ticket or {} for ticket in tickets]
    if not all(isinstance(ticket, Mapping) for ticket in tickets):
        raise RequestInvalid(detail="Each ticket must be an object.")
    return tickets


def _shown(ticket: TicketView) -> dict[str, Any]:
    return {
        "code": ticket.code,
        "status": ticket.status,
        "priority": ticket.priority,
        "department": ticket.department,
        "subject": ticket.subject,
        "message": ticket.message,
        "type": ticket.type,
        "reported_from": ticket.reported_from,
        "assigned_to": ticket.assigned_to,
        "created_on": ticket.created_at,
        "custom_fields": fields_out(ticket.custom_fields.items()),
    }
