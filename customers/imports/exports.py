"""Lists of customers and what hangs on them, for exports."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from crm.exports.customer_columns import CUSTOMER_COLUMNS, CUSTOMER_FILTERS, build_day_filters
from crm.exports.export_list import (
    SEARCH,
    ExportColumn,
    ExportFilter,
    ExportList,
    write_cell,
)
from crm.tenancy.models import Organization
from customers.models import Customer, Interaction, Note, Subscription, Ticket
from customers.queries.customers.lines import list_lines


class CustomerList(ExportList):
    """Customers, with the columns of the dashboard's export."""

    key = "customers"
    customer_path = "pk"
    columns = [
        ExportColumn(name="id", path="id"),
        ExportColumn(name="firstName", path="first_name", is_personal=True),
        ExportColumn(name="lastName", path="last_name", is_personal=True),
        ExportColumn(name="mobile", path="mobile", is_personal=True),
        ExportColumn(name="email", path="email", is_personal=True),
        ExportColumn(name="externalId", path="external_id", is_personal=True),
        ExportColumn(name="sources", path="sources"),
        ExportColumn(name="loyaltyType", path="loyalty_type"),
        ExportColumn(name="statusLabel", path="status_label"),
        ExportColumn(name="registeredOn", path="registered_at"),
    ]
    filters = [
        ExportFilter(name="q", lookup="pk", kind=SEARCH),
        ExportFilter(
            name="loyaltyType", lookup="loyalty_type", choices=Customer.LoyaltyType.values
        ),
        ExportFilter(name="statusLabel", lookup="status_label__label__iexact"),
        *build_day_filters("registered_at"),
    ]

    def get_rows(self, org: Organization) -> QuerySet[Customer]:
        return Customer.objects.filter(org_id=org.pk)

    def load(
        self, org: Organization, ids: Sequence[int], columns: Sequence[ExportColumn]
    ) -> Iterator[list[Any]]:
        for line in list_lines(org_id=org.pk, customer_ids=ids):
            # The source of the name first: an import of this row is about its profile.
            sources = sorted(line.sources, key=lambda source: source != line.named_by)
            yield [
                "; ".join(sources)
                if column.path == "sources"
                else write_cell(getattr(line, column.path), org)
                for column in columns
            ]


class TicketList(ExportList):
    key = "tickets"
    columns = [
        ExportColumn(name="code", path="code"),
        ExportColumn(name="userId", path="customer_id"),
        *CUSTOMER_COLUMNS,
        ExportColumn(name="subject", path="subject"),
        ExportColumn(name="message", path="message", is_personal=True),
        ExportColumn(name="status", path="status"),
        ExportColumn(name="priority", path="priority"),
        ExportColumn(name="department", path="department"),
        ExportColumn(name="type", path="type"),
        ExportColumn(name="reportedFrom", path="reported_from"),
        ExportColumn(name="assignedTo", path="assigned_to__name"),
        ExportColumn(name="createdOn", path="created_at"),
        ExportColumn(name="modifiedOn", path="modified_at"),
    ]
    filters = [
        *CUSTOMER_FILTERS,
        ExportFilter(name="status", lookup="status", choices=Ticket.Status.values),
        ExportFilter(name="priority", lookup="priority", choices=Ticket.Priority.values),
        ExportFilter(name="department", lookup="department"),
        *build_day_filters("created_at"),
    ]

    def get_rows(self, org: Organization) -> QuerySet[Ticket]:
        return Ticket.objects.filter(org_id=org.pk)


class NoteList(ExportList):
    key = "notes"
    columns = [
        ExportColumn(name="userId", path="customer_id"),
        *CUSTOMER_COLUMNS,
        ExportColumn(name="date", path="noted_at"),
        ExportColumn(name="associate", path="associate_id"),
        ExportColumn(name="description", path="description", is_personal=True),
        ExportColumn(name="reference", path="reference"),
    ]
    filters = [*CUSTOMER_FILTERS, *build_day_filters("noted_at")]

    def get_rows(self, org: Organization) -> QuerySet[Note]:
        return Note.objects.filter(org_id=org.pk)


class InteractionList(ExportList):
    key = "interactions"
    columns = [
        ExportColumn(name="userId", path="customer_id"),
        *CUSTOMER_COLUMNS,
        ExportColumn(name="network", path="network"),
        ExportColumn(name="type", path="type"),
        ExportColumn(name="date", path="happened_at"),
        ExportColumn(name="howOften", path="times"),
        ExportColumn(name="reference", path="reference"),
        ExportColumn(name="sender", path="sender"),
        ExportColumn(name="receiver", path="receiver", is_personal=True),
        ExportColumn(name="subject", path="subject"),
        ExportColumn(name="deliveredOn", path="delivered_at"),
        ExportColumn(name="deliveryStatus", path="delivery_status"),
        ExportColumn(name="surveyName", path="survey_name"),
        ExportColumn(name="npsScore", path="nps_score"),
        ExportColumn(name="sentBy", path="sent_by"),
        ExportColumn(name="completedOn", path="completed_at"),
    ]
    filters = [
        *CUSTOMER_FILTERS,
        ExportFilter(name="network", lookup="network", choices=Interaction.Network.values),
        ExportFilter(name="type", lookup="type", choices=Interaction.Type.values),
        *build_day_filters("happened_at"),
    ]

    def get_rows(self, org: Organization) -> QuerySet[Interaction]:
        return Interaction.objects.filter(customer__org_id=org.pk)


class SubscriptionList(ExportList):
    key = "subscriptions"
    columns = [
        ExportColumn(name="userId", path="customer_id"),
        *CUSTOMER_COLUMNS,
        ExportColumn(name="channel", path="channel"),
        ExportColumn(name="priority", path="priority"),
        ExportColumn(name="status", path="status"),
        ExportColumn(name="source", path="source_account__source"),
        ExportColumn(name="accountId", path="source_account__account_id"),
        ExportColumn(name="orgUnitId", path="org_unit_id"),
        ExportColumn(name="changedOn", path="changed_at"),
    ]
    filters = [
        *CUSTOMER_FILTERS,
        ExportFilter(name="channel", lookup="channel__iexact"),
        ExportFilter(name="status", lookup="status__iexact"),
        *build_day_filters("changed_at"),
    ]

    def get_rows(self, org: Organization) -> QuerySet[Subscription]:
        return Subscription.objects.filter(customer__org_id=org.pk)


EXPORT_LISTS: list[type[ExportList]] = [
    CustomerList,
    TicketList,
    NoteList,
    InteractionList,
    SubscriptionList,
]
