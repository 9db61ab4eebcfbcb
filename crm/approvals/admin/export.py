"""The queue as a file to take away, with the filters of the list."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from import_export import fields, resources

from crm.adminkit.recording import origin_of
from crm.adminkit.request_lines import why_of
from crm.approvals.models import Request
from crm.approvals.queries.reading import each_request
from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.transactions import unit_of_work
from customers.imports.customer_export import HarmlessField
from customers.imports.tables import csv_pieces


class RequestExport(resources.Resource):
    """One request a row; times stand on the organization's clock."""

    id = fields.Field("id", "id")
    kind = fields.Field("kind", "baseType")
    status = fields.Field("status", "status")
    customer = fields.Field("customer_id", "customerId")
    other = fields.Field("other_customer_id", "otherCustomerId")
    old_value = HarmlessField("old_value", "oldValue")
    new_value = HarmlessField("new_value", "newValue")
    points = fields.Field("points", "points")
    reason = HarmlessField("reason", "reason")
    comments = HarmlessField("comments", "comments")
    maker = HarmlessField("maker__name", "filedBy")
    store = HarmlessField("store__name", "store")
    filed_at = fields.Field(None, "filedOn")
    decided_at = fields.Field(None, "decidedOn")
    why = HarmlessField(None, "decision")

    def __init__(self, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zone = zone

    def dehydrate_filed_at(self, asked: Request) -> str:
        return asked.filed_at.astimezone(self.zone).isoformat(timespec="seconds")

    def dehydrate_decided_at(self, asked: Request) -> str:
        if asked.decision is None:
            return ""
        return asked.decision.decided_at.astimezone(self.zone).isoformat(timespec="seconds")

    def dehydrate_why(self, asked: Request) -> str:
        return why_of(asked)


def may_export(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("approvals.export_requests"))


def export_listed(request: HttpRequest, listed: QuerySet[Any]) -> StreamingHttpResponse:
    """Send them as CSV while they are read, and write down who took which away."""
    origin = origin_of(request)
    asked = {"format": "csv", "filters": dict(request.GET.items())}
    event = NewEvent("requests.exported", "organization", origin.org.pk, None, asked)
    unit_of_work(record_events)(origin=origin, events=[event])
    pieces = csv_pieces(_rows(RequestExport(origin.org.zone), listed))
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    name = f"requests-{timezone.localdate()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _rows(resource: RequestExport, listed: QuerySet[Any]) -> Iterator[list[Any]]:
    yield resource.get_export_headers()
    for asked in each_request(rows=listed):
        yield resource.export_resource(asked)
