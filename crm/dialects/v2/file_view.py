"""The base view of operations that answer a file; what they refuse is JSON, as everywhere."""

from typing import Any

from rest_framework.request import Request

from crm.dialects.v2.json_body import JsonNegotiation
from crm.dialects.v2.views import V2View


class AnyNegotiation(JsonNegotiation):
    """Lets a caller accept any type: a file has the type that it has."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class FileView(V2View):
    """An operation that answers a file."""

    content_negotiation_class = AnyNegotiation
