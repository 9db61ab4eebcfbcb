"""Columns and filters about the customer of a row, and filters by day."""

from crm.exports.export_list import DAY_FROM, DAY_TO, NUMBER, SEARCH, ExportColumn, ExportFilter

# Whom a row is about; the import of the row finds them by these.
CUSTOMER_COLUMNS = [
    ExportColumn(name="mobile", identifier="mobile", is_personal=True),
    ExportColumn(name="email", identifier="email", is_personal=True),
    ExportColumn(name="externalId", identifier="externalId", is_personal=True),
]
CUSTOMER_FILTERS = [
    ExportFilter(name="customerId", lookup="customer_id", kind=NUMBER),
    ExportFilter(name="q", lookup="customer_id", kind=SEARCH),
]


def build_day_filters(field: str) -> list[ExportFilter]:
    """Return the filters by days in the organization's time zone, both inclusive."""
    return [
        ExportFilter(name="from", lookup=f"{field}__gte", kind=DAY_FROM),
        ExportFilter(name="to", lookup=f"{field}__lt", kind=DAY_TO),
    ]
