"""Customers as rows of a table, for spreadsheets and other programs."""

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from import_export import fields, resources, widgets

from crm.importing.formulas import harmless
from customers.models import Customer
from customers.queries.listing import CustomerLine, list_lines

ROWS_AT_ONCE = 1_000


class HarmlessField(fields.Field):
    """A column whose cells are text, whatever a spreadsheet makes of their beginning."""

    def export(self, instance: Any, **kwargs: Any) -> Any:
        return harmless(super().export(instance, **kwargs))


class CustomerExport(resources.Resource):
    """One customer a row; times stand on the organization's clock."""

    id = fields.Field("id", "id", widgets.NumberWidget(coerce_to_string=False))
    first_name = HarmlessField("first_name", "firstName")
    last_name = HarmlessField("last_name", "lastName")
    mobile = HarmlessField("mobile", "mobile")
    email = HarmlessField("email", "email")
    external_id = HarmlessField("external_id", "externalId")
    sources = HarmlessField(None, "sources")
    loyalty_type = fields.Field("loyalty_type", "loyaltyType")
    status_label = HarmlessField("status_label", "statusLabel")
    registered_at = fields.Field(None, "registeredOn")

    def __init__(self, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zone = zone

    def dehydrate_sources(self, line: CustomerLine) -> str:
        return "; ".join(line.sources)

    def dehydrate_registered_at(self, line: CustomerLine) -> str:
        return line.registered_at.astimezone(self.zone).isoformat(timespec="seconds")


def export_rows(
    *, org_id: int, zone: ZoneInfo, customers: QuerySet[Customer]
) -> Iterator[list[Any]]:
    """Yield the header and one row for each customer, newest first, a thousand at a time.

    Whatever the number, no more than a thousand are held, and none is read twice.
    """
    resource = CustomerExport(zone)
    yield resource.get_export_headers()
    for ids in _batches(customers):
        for line in list_lines(org_id=org_id, customer_ids=ids):
            yield resource.export_resource(line)


def _batches(customers: QuerySet[Customer]) -> Iterable[list[int]]:
    keys = customers.order_by("-pk").values_list("pk", flat=True)
    batch = list(keys[:ROWS_AT_ONCE])
    while batch:
        yield batch
        batch = list(keys.filter(pk__lt=batch[-1])[:ROWS_AT_ONCE])
