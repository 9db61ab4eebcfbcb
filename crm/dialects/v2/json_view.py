"""The base view for JSON with v2's error catalogue."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from crm.dialects import transport_errors
from crm.dialects.catalogue_entry import Entry
from crm.dialects.dialect_view import DialectView
from crm.dialects.serializer_input import S, validate_data
from crm.dialects.v2.catalogue import CATALOGUE
from crm.dialects.v2.json_body import JsonNegotiation, JsonParser, JsonRenderer


class JsonView(DialectView):
    """A view without authentication; ``V2View`` adds it."""

    catalogue = CATALOGUE
    parser_classes: Any = [JsonParser]
    renderer_classes: Any = [JsonRenderer]
    content_negotiation_class = JsonNegotiation

    def read_body(self, serializer: type[S]) -> dict[str, Any]:
        return validate_data(serializer, self.request.data)

    def complete_body(self, data: Any) -> Any:
        if isinstance(data, dict) and "warnings" not in data:
            return {**data, "warnings": []}
        return data

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        try:
            return super().perform_content_negotiation(request)
        except transport_errors.NotAcceptable:
            if not force:
                raise
            # An error needs a renderer, too.
            return self.get_renderers()[0], JsonRenderer.media_type

    def refusal_body(self, entry: Entry, facts: Mapping[str, Any]) -> dict[str, Any]:
        # A serializer may report several problems; each becomes an error.
        facts_by_error = (
            [{"detail": error_facts} for error_facts in facts["problems"]]
            if "problems" in facts
            else [facts]
        )
        return self.build_errors_body(
            [entry.build_error(error_facts) for error_facts in facts_by_error]
        )

    def build_errors_body(self, errors: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the body of errors."""
        return {"errors": errors, "warnings": []}
