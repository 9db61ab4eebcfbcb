"""Download responses for exported rows."""

from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, StreamingHttpResponse

from crm.exports.tables import build_workbook_file, iterate_csv_chunks


def csv_response(rows: Iterator[list[Any]], name: str) -> StreamingHttpResponse:
    """Stream the rows as CSV."""
    response = StreamingHttpResponse(
        iterate_csv_chunks(rows), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_response(rows: Iterator[list[Any]], name: str) -> FileResponse:
    """Return the rows as a workbook."""
    return FileResponse(build_workbook_file(rows), as_attachment=True, filename=f"{name}.xlsx")
