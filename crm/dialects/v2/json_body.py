"""Parser, renderer and content negotiation of v2."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

import orjson
from django.utils.functional import Promise
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from crm.dialects.json_input import read_json
from crm.dialects.transport_errors import NotAcceptable
from customers.rules.times import write_moment


class JsonParser(BaseParser):
    """Parses UTF-8 JSON with limited depth and without NUL characters."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return read_json(stream.read())


class JsonRenderer(BaseRenderer):
    """Renders JSON. Datetimes are in the organization's time zone, to the second."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        view = (renderer_context or {}).get("view")
        return write_json(data, getattr(view, "zone", None))


def write_json(data: Any, zone: ZoneInfo | None = None) -> bytes:
    """Return ``data`` as JSON, with aware datetimes in ``zone``."""

    def format_value(value: Any) -> Any:
        if isinstance(value, datetime):
            return write_moment(value, zone or value.tzinfo or UTC)
        if isinstance(value, Decimal):
            return float(value)
        if isinstance(value, Promise):
            return str(value)
        raise TypeError(f"{type(value).__name__} has no form in JSON")

    return orjson.dumps(data, default=format_value, option=orjson.OPT_PASSTHROUGH_DATETIME)


class JsonNegotiation(BaseContentNegotiation):
    """Answers JSON unless the caller accepts only other types."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        accepted = (request.META.get("HTTP_ACCEPT") or "*/*").lower()
        if not any(type in accepted for type in ("*/*", "application/*", "application/json")):
            raise NotAcceptable()
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        for parser in parsers:
            if parser.media_type == content_type or (
                isinstance(parser, JsonParser)
                and (not content_type or content_type.endswith("+json"))
            ):
                return parser
        return None
