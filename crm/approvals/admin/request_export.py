"""CSV export of the request queue, with the filters of the list."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from import_export import fields, resources

from crm.adminkit.change_log import get_origin
from crm.adminkit.request_summaries import describe_decision
from crm.approvals.models import Request
from crm.approvals.queries.requests import iterate_requests
from crm.audit.operations.events import NewEvent, record_events
from crm.exports.tables import iterate_csv_chunks
from crm.kernel.transactions import unit_of_work
from customers.imports.customer_export import SafeTextField
from customers.rules.times import write_moment


class RequestExport(resources.Resource):
    """One request per row; times are in the organization's time zone."""

    id = fields.Field("id", "id")
    kind = fields.Field("kind", "baseType")
    status = fields.Field("status", "status")
    customer = fields.Field("customer_id", "customerId")
    other = fields.Field("other_customer_id", "otherCustomerId")
    old_value = SafeTextField("old_value", "oldValue")
    new_value = SafeTextField("new_value", "newValue")
    points = fields.Field("points", "points")
    reason = SafeTextField("reason", "reason")
    comments = SafeTextField("comments", "comments")
    maker = SafeTextField("maker__name", "filedBy")
    store = SafeTextField("store__name", "store")
    filed_at = fields.Field(None, "filedOn")
    decided_at = fields.Field(None, "decidedOn")
    why = SafeTextField(None, "decision")

    def __init__(self, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zone = zone

    def dehydrate_filed_at(self, change_request: Request) -> str:
        return write_moment(change_request.filed_at, self.zone)

    def dehydrate_decided_at(self, change_request: Request) -> str:
        if change_request.decision is None:
            return ""
        return write_moment(change_request.decision.decided_at, self.zone)

    def dehydrate_why(self, change_request: Request) -> str:
        return describe_decision(change_request)


def may_export(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("approvals.export_requests"))


def export_requests(request: HttpRequest, requests: QuerySet[Any]) -> StreamingHttpResponse:
    """Stream the requests as CSV, and record an audit event with the filters."""
    origin = get_origin(request)
    event_data = {"format": "csv", "filters": dict(request.GET.items())}
    event = NewEvent("requests.exported", "organization", origin.org.pk, None, event_data)
    unit_of_work(record_events)(origin=origin, events=[event])
    pieces = iterate_csv_chunks(_iterate_rows(RequestExport(origin.org.zone), requests))
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    name = f"requests-{timezone.localdate()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _iterate_rows(resource: RequestExport, requests: QuerySet[Any]) -> Iterator[list[Any]]:
    yield resource.get_export_headers()
    for change_request in iterate_requests(rows=requests):
        yield resource.export_resource(change_request)
