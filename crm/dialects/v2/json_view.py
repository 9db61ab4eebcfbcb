"""A view that reads and writes JSON and says no by v2's catalogue."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from crm.dialects import refusals
from crm.dialects.entry import Entry
from crm.dialects.reading import S, read
from crm.dialects.v2.catalogue import CATALOGUE
from crm.dialects.v2.json_body import JsonNegotiation, JsonParser, JsonRenderer
from crm.dialects.view import DialectView


class JsonView(DialectView):
    """Whoever calls; ``V2View`` adds who may."""

    catalogue = CATALOGUE
    parser_classes: Any = [JsonParser]
    renderer_classes: Any = [JsonRenderer]
    content_negotiation_class = JsonNegotiation

    def read_body(self, serializer: type[S]) -> dict[str, Any]:
        return read(serializer, self.request.data)

    def completed(self, data: Any) -> Any:
        if isinstance(data, dict) and "warnings" not in data:
            return {**data, "warnings": []}
        return data

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        try:
            return super().perform_content_negotiation(request)
        except refusals.NotAcceptable:
            if not force:
                raise
            # A refusal has to be answered in something.
            return self.get_renderers()[0], JsonRenderer.media_type

    def refusal_body(self, entry: Entry, facts: Mapping[str, Any]) -> dict[str, Any]:
        # A serializer finds several problems at once; each is an error of its own.
        each = [{"detail": said} for said in facts["problems"]] if "problems" in facts else [facts]
        return self.refused([entry.on_the_wire(said) for said in each])

    def refused(self, errors: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the body of these errors."""
        return {"errors": errors, "warnings": []}
