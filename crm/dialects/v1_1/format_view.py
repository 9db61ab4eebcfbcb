"""The base view for XML and JSON with v1.1's error catalogue."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from crm.dialects import transport_errors
from crm.dialects.catalogue_entry import Entry
from crm.dialects.dialect_view import DialectView
from crm.dialects.v1_1.catalogue import CATALOGUE
from crm.dialects.v1_1.envelope import build_refusal_response
from crm.dialects.v1_1.formats import (
    RENDERERS,
    JsonParser,
    JsonRenderer,
    Negotiation,
    XmlParser,
)


class FormatView(DialectView):
    """A view without authentication; ``V11View`` adds it."""

    catalogue = CATALOGUE
    parser_classes: Any = [JsonParser, XmlParser]
    renderer_classes: Any = list(RENDERERS)
    content_negotiation_class = Negotiation

    http_method_names = ["get", "head", "post"]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        try:
            return super().perform_content_negotiation(request)
        except (transport_errors.NotAcceptable, transport_errors.RequestInvalid):
            if not force:
                raise
            # An error needs a renderer, too.
            return JsonRenderer(), JsonRenderer.media_type

    def refusal_body(self, entry: Entry, facts: Mapping[str, Any]) -> dict[str, Any]:
        if "problems" in facts:
            facts = {"detail": " ".join(facts["problems"])}
        return build_refusal_response(entry, facts)
