"""The rows of an import, and its failed rows as a file to correct."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.bulk_api.v2.import_query import RowsQuery
from crm.bulk_api.v2.import_shapes import ImportRowOut, ImportRowsOut, build_page
from crm.bulk_api.v2.imports import IMPORT_EXAMPLE, TAG, get_upload
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.file_view import FileView
from crm.dialects.v2.views import V2View
from crm.imports.failed_rows import iterate_failed_lines
from crm.imports.mapping_proposals import name_failed_rows
from crm.imports.queries.import_lists import list_row_lines
from crm.runs import errors
from crm.tenancy.models import Scope


class ImportRows(V2View):
    """GET /v2/imports/{id}/rows"""

    operation = "imports.rows"
    scopes = {"GET": Scope.IMPORTS_WRITE}
    examples = {"GET": IMPORT_EXAMPLE}
    refusals = {"GET": [errors.ImportUnknown]}

    @extend_schema(
        summary="List the rows of an import",
        tags=[TAG],
        parameters=[RowsQuery],
        responses=ImportRowsOut,
        examples=load_examples(__file__, "list_import_rows"),
    )
    def get(self, request: Request, import_id: int) -> Response:
        """List the rows that are checked so far, in the order of the file: what becomes of each,
        what is wrong with it, and what it changes.
        """
        query = self.read_query(RowsQuery)
        page = list_row_lines(
            upload=get_upload(self.org.pk, import_id),
            outcome=query.get("outcome", ""),
            limit=query["limit"],
            offset=query["offset"],
        )
        return Response(build_page(query, page.total, [ImportRowOut.build(r) for r in page.rows]))


class ImportErrors(FileView):
    """GET /v2/imports/{id}/errors.csv"""

    operation = "imports.errors"
    scopes = {"GET": Scope.IMPORTS_WRITE}
    examples = {"GET": IMPORT_EXAMPLE}
    refusals = {"GET": [errors.ImportUnknown]}

    @extend_schema(
        summary="Download the failed rows of an import",
        tags=[TAG],
        responses={(200, "text/csv"): OpenApiTypes.STR},
        examples=load_examples(__file__, "import_errors"),
    )
    def get(self, request: Request, import_id: int) -> StreamingHttpResponse:
        """Download the rows that failed, as CSV: the reason, then the cells as they were.

        Correct the rows and upload the file: it is read as the first one was, and the column of
        reasons is ignored. Keep its name, by which its import is found.
        """
        upload = get_upload(self.org.pk, import_id)
        answer = StreamingHttpResponse(
            iterate_failed_lines(upload), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="{name_failed_rows(upload)}"'
        return answer
