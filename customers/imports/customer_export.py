"""Export customers as rows of a table."""

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from import_export import fields, resources, widgets

from crm.imports.formula_cells import escape_formula
from customers.models import Customer
from customers.queries.customers.lines import CustomerLine, list_lines
from customers.rules.times import write_moment

BATCH_SIZE = 1_000


class SafeTextField(fields.Field):
    """A column whose cells a spreadsheet cannot run as formulas."""

    def export(self, instance: Any, **kwargs: Any) -> Any:
        return escape_formula(super().export(instance, **kwargs))


class CustomerExport(resources.Resource):
    """One row per customer; times are in the organization's time zone."""

    id = fields.Field("id", "id", widgets.NumberWidget(coerce_to_string=False))
    first_name = SafeTextField("first_name", "firstName")
    last_name = SafeTextField("last_name", "lastName")
    mobile = SafeTextField("mobile", "mobile")
    email = SafeTextField("email", "email")
    external_id = SafeTextField("external_id", "externalId")
    sources = SafeTextField(None, "sources")
    loyalty_type = fields.Field("loyalty_type", "loyaltyType")
    status_label = SafeTextField("status_label", "statusLabel")
    registered_at = fields.Field(None, "registeredOn")

    def __init__(self, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zone = zone

    def dehydrate_sources(self, line: CustomerLine) -> str:
        """Return the source of the name first: an import of this row is about its profile."""
        return "; ".join(sorted(line.sources, key=lambda source: source != line.named_by))

    def dehydrate_registered_at(self, line: CustomerLine) -> str:
        return write_moment(line.registered_at, self.zone)


def list_export_names() -> list[str]:
    """Return the header of an export."""
    return [field.column_name for field in CustomerExport.fields.values()]


def export_rows(
    *, org_id: int, zone: ZoneInfo, customers: QuerySet[Customer]
) -> Iterator[list[Any]]:
    """Yield the header and one row for each customer, newest first.

    Customers are read in batches of a thousand, so memory use does not depend on their number.
    """
    resource = CustomerExport(zone)
    yield resource.get_export_headers()
    for ids in _iterate_batches(customers):
        for line in list_lines(org_id=org_id, customer_ids=ids):
            yield resource.export_resource(line)


def _iterate_batches(customers: QuerySet[Customer]) -> Iterable[list[int]]:
    keys = customers.order_by("-pk").values_list("pk", flat=True)
    batch = list(keys[:BATCH_SIZE])
    while batch:
        yield batch
        batch = list(keys.filter(pk__lt=batch[-1])[:BATCH_SIZE])
