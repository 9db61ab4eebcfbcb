"""The list of requests, for exports."""

from django.db.models import QuerySet

from crm.approvals.models import Request
from crm.exports.customer_columns import CUSTOMER_COLUMNS, CUSTOMER_FILTERS, build_day_filters
from crm.exports.export_list import ExportColumn, ExportFilter, ExportList
from crm.tenancy.models import Organization


class RequestList(ExportList):
    key = "requests"
    columns = [
        ExportColumn(name="id", path="id"),
        ExportColumn(name="baseType", path="kind"),
        ExportColumn(name="status", path="status"),
        ExportColumn(name="customerId", path="customer_id"),
        *CUSTOMER_COLUMNS,
        ExportColumn(name="otherCustomerId", path="other_customer_id"),
        ExportColumn(name="oldValue", path="old_value", is_personal=True),
        ExportColumn(name="newValue", path="new_value", is_personal=True),
        ExportColumn(name="points", path="points"),
        ExportColumn(name="reason", path="reason"),
        ExportColumn(name="comments", path="comments"),
        ExportColumn(name="filedBy", path="maker__name"),
        ExportColumn(name="filedOn", path="filed_at"),
    ]
    filters = [
        *CUSTOMER_FILTERS,
        ExportFilter(name="baseType", lookup="kind", choices=Request.Kind.values),
        ExportFilter(name="status", lookup="status", choices=Request.Status.values),
        *build_day_filters("filed_at"),
    ]

    def get_rows(self, org: Organization) -> QuerySet[Request]:
        return Request.objects.filter(org_id=org.pk)


EXPORT_LISTS: list[type[ExportList]] = [RequestList]
