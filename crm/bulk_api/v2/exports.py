"""Exports (contract, section 12): lists as files, at once or by a worker."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.audit.operations.events import NewEvent, record_events
from crm.bulk_api.v2.imports import TAG
from crm.dialects.answer_shapes import Answer
from crm.dialects.api_page.examples import load_examples
from crm.dialects.serializer_input import flatten_query
from crm.dialects.v2.file_view import FileView
from crm.dialects.v2.serializer_fields import CommaSeparatedList, DateTimeOut, QueryIn
from crm.dialects.v2.views import V2View
from crm.exports.export_list import TEST_CHOICES, TEST_CUSTOMERS, ExportList, list_export_lists
from crm.exports.export_rows import Export, build_export
from crm.exports.export_work import (
    MOST_AT_ONCE,
    RETENTION,
    build_export_workbook,
    check_export,
    get_export_run,
    iterate_export_file,
    start_export,
)
from crm.exports.tables import build_workbook_file, iterate_csv_chunks
from crm.kernel.transactions import unit_of_work
from crm.runs import errors
from crm.runs.models import Run
from crm.runs.rates import estimate_seconds_left
from crm.tenancy.models import Scope
from customers.api.v2.shared_schema import WarningOut

CSV, XLSX = "csv", "xlsx"
CSV_TYPE = "text/csv; charset=utf-8"


class ExportQuery(QueryIn):
    format = serializers.ChoiceField(choices=[CSV, XLSX], default=CSV)
    columns = CommaSeparatedList(
        required=False, help_text="The columns, comma-separated and in this order; all if missing."
    )


class ExportOut(serializers.Serializer):
    id = serializers.IntegerField()
    list = serializers.CharField()
    format = serializers.CharField()
    state = serializers.ChoiceField(choices=Run.State.choices)
    rows = serializers.IntegerField(help_text="Rows written so far.")
    total = serializers.IntegerField()
    secondsLeft = serializers.IntegerField(allow_null=True)
    expiresOn = DateTimeOut(allow_null=True, help_text="When the file is deleted.")
    warnings = WarningOut(many=True)


class ListFilterOut(serializers.Serializer):
    name = serializers.CharField()
    values = serializers.ListField(child=serializers.CharField(), help_text="Empty: any text.")


class ExportListOut(serializers.Serializer):
    list = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    filters = ListFilterOut(many=True)


class ExportListsOut(serializers.Serializer):
    data = ExportListOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


def build_export_answer(run: Run) -> Answer:
    is_over = run.finished_at is not None
    left = estimate_seconds_left(done=run.done, total=run.total, rate=run.rate)
    return {
        "id": run.pk,
        "list": run.resume_point["list"],
        "format": run.resume_point["format"],
        "state": run.state,
        "rows": run.done,
        "total": run.total,
        "secondsLeft": 0 if is_over else left,
        "expiresOn": run.finished_at + RETENTION if run.finished_at else None,
    }


class ExportLists(V2View):
    """GET /v2/exports"""

    operation = "exports.lists"
    scopes = {"GET": Scope.IMPORTS_WRITE}

    @extend_schema(
        summary="List what can be exported",
        tags=[TAG],
        responses=ExportListsOut,
        examples=load_examples(__file__, "list_exports"),
    )
    def get(self, request: Request) -> Response:
        """List the lists that can be exported, with their columns and filters."""
        return Response({"data": [_describe(declared) for declared in list_export_lists()]})


class ExportOneList(FileView):
    """GET /v2/exports/{list}"""

    operation = "exports.export"
    scopes = {"GET": Scope.IMPORTS_WRITE}
    examples = {"GET": {"list_name": "tickets", "columns": "code,subject,status"}}
    refusals = {
        "GET": [errors.ExportListUnknown, errors.ExportColumnUnknown, errors.ExportFilterInvalid]
    }

    @extend_schema(
        summary="Export a list",
        tags=[TAG],
        parameters=[ExportQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR, 202: ExportOut},
        examples=load_examples(__file__, "export_list"),
    )
    def get(self, request: Request, list_name: str) -> HttpResponseBase:
        """Export a list as CSV or as an Excel workbook, newest first.

        Test customers, and what is about them, are left out: `testCustomers=all` takes them in,
        `yes` exports them only.

        `GET /v2/exports` tells the columns and filters of each list; the filters are further
        parameters, such as `?status=OPEN&from=2026-11-01`. Cells that a spreadsheet would run as
        formulas begin with an apostrophe, which an import takes away again. Personal data is
        masked for a log-in without the scope `customers.read`.

        Up to 50,000 rows are answered at once. For more, the answer is 202 with the number of an
        export that is written in the background: `GET /v2/exports/{id}` is the file, for a week.
        """
        query = self.read_query(ExportQuery)
        filters = {
            name: value
            for name, value in flatten_query(request.query_params).items()
            if name not in ExportQuery().fields
        }
        export = build_export(
            org=self.org,
            name=list_name,
            filters=filters,
            columns=query.get("columns", ()),
            is_masked=Scope.CUSTOMERS_READ not in self.caller.scopes,
        )
        total = export.get_rows()[: MOST_AT_ONCE + 1].count()
        run = unit_of_work(self._record)(export, query["format"], total)
        if run is not None:
            return Response(build_export_answer(run), status=202)
        rows, name = export.iterate_rows(), f"{list_name}.{query['format']}"
        if query["format"] == XLSX:
            return FileResponse(build_workbook_file(rows), as_attachment=True, filename=name)
        return _stream(iterate_csv_chunks(rows), name)

    def _record(self, export: Export, format: str, total: int) -> Run | None:
        """Record the event of an export; start it if it has too many rows to wait for."""
        run = None
        if total > MOST_AT_ONCE:
            total = export.get_rows().count()
            run = start_export(origin=self.origin, export=export, format=format, total=total)
        details = {
            "format": format,
            "filters": dict(export.filters),
            "columns": export.get_header(),
            "rows": total,
        }
        kind = f"{export.declared.key}.exported"
        event = NewEvent(kind, "organization", self.org.pk, None, details)
        record_events(origin=self.origin, events=[event])
        return run


class ExportFile(FileView):
    """GET /v2/exports/{id}"""

    operation = "exports.get"
    scopes = {"GET": Scope.IMPORTS_WRITE}
    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {"GET": {"export_id": 1}}
    refusals = {"GET": [errors.ExportUnknown, errors.ExportExpired, errors.ExportFailed]}

    @extend_schema(
        summary="Download an export",
        tags=[TAG],
        responses={(200, "text/csv"): OpenApiTypes.STR, 202: ExportOut},
        examples=load_examples(__file__, "export_list"),
    )
    def get(self, request: Request, export_id: int) -> HttpResponseBase:
        """Download an export that was written in the background; 202 while it is on its way."""
        run = get_export_run(org_id=self.org.pk, run_id=export_id)
        if run.finished_at is None:
            return Response(build_export_answer(run), status=202)
        check_export(run)
        name = f"{run.resume_point['list']}.{run.resume_point['format']}"
        if run.resume_point["format"] == XLSX:
            return FileResponse(build_export_workbook(run), as_attachment=True, filename=name)
        return _stream(iterate_export_file(run), name)


def _stream(chunks: Any, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(chunks, content_type=CSV_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _describe(declared: ExportList) -> Answer:
    return {
        "list": declared.key,
        "columns": [column.name for column in declared.columns],
        "filters": [
            {"name": one.name, "values": [str(choice) for choice in one.choices]}
            for one in declared.filters
        ]
        + [{"name": TEST_CUSTOMERS, "values": TEST_CHOICES}],
    }
