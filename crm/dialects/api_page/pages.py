"""Pages of the API documentation: operations and codes."""

from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularSwaggerSplitView

from crm.dialects.api_page.schema import EXAMPLE_FACTS
from crm.dialects.reserved_codes import get_reserved_codes
from crm.dialects.v1_1.catalogue import CATALOGUE as V1_1
from crm.dialects.v2.catalogue import CATALOGUE as V2


@require_safe
def show_schema(request: HttpRequest) -> HttpResponse:
    """GET /api/schema: the OpenAPI schema, the same for all callers."""
    return HttpResponse(_render_schema(), content_type="application/vnd.oai.openapi+json")


@cache
def _render_schema() -> bytes:
    # It changes with the code only, and takes a second to generate.
    document = SchemaGenerator().get_schema(request=None, public=True)
    return OpenApiJsonRenderer2().render(document, renderer_context={})


class DocsView(SpectacularSwaggerSplitView):
    """GET /api/docs: Swagger UI, served from this host under a strict content security policy."""

    url_name = "api-schema"
    template_name = "dialects/docs.html"


@require_safe
def show_codes(request: HttpRequest) -> HttpResponse:
    """GET /api/docs/errors: every code of both dialects."""
    dialects = [
        {
            "name": "v2",
            "answered": _list_answered_codes("v2", V2),
            "reserved": _list_reserved_codes("v2"),
        },
        {
            "name": "v1.1",
            "answered": _list_answered_codes("v1.1", V1_1),
            "reserved": _list_reserved_codes("v1.1"),
        },
    ]
    return render(request, "dialects/codes.html", {"dialects": dialects})


def _list_answered_codes(dialect: str, catalogue: Any) -> list[dict[str, Any]]:
    reserved = get_reserved_codes(dialect)
    rows = [
        {
            "code": entry.code,
            "name": name,
            "status": _format_status(entry.status),
            "message": entry.format_message(
                {fact: f"<{fact.replace('_', ' ')}>" for fact in EXAMPLE_FACTS}
            ),
        }
        for name, entry in catalogue.items()
        if entry.code not in reserved
    ]
    return sorted(rows, key=lambda row: (row["code"], row["name"]))


def _list_reserved_codes(dialect: str) -> list[dict[str, Any]]:
    return [
        {
            "code": code,
            "name": line.name,
            "status": _format_status(line.status),
            "message": line.message,
        }
        for code, line in get_reserved_codes(dialect).items()
    ]


def _format_status(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"
