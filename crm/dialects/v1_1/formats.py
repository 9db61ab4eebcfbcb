"""Parsers, renderers and content negotiation of v1.1."""

from collections.abc import Mapping
from typing import IO, Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from crm.dialects.json_input import read_json
from crm.dialects.transport_errors import NotAcceptable, RequestInvalid
from crm.dialects.v1_1.plain_values import write_json
from crm.dialects.v1_1.xml import read_xml, write_xml

JSON = "application/json"
XML = "application/xml"
# One URL of the reference has two question marks.
FORMAT_KEYS = ("format", "?format")

_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


# --- In ---------------------------------------------------------------------------------


class _Parser(BaseParser):
    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return self.read(stream.read())

    def read(self, raw: bytes) -> Any:
        raise NotImplementedError


class JsonParser(_Parser):
    """Parses JSON."""

    media_type = JSON

    def read(self, raw: bytes) -> Any:
        return read_json(raw)


class XmlParser(_Parser):
    """Parses XML."""

    media_type = XML

    def read(self, raw: bytes) -> Any:
        return read_xml(raw)


class EitherParser(_Parser):
    """Parses a body of another or no media type, by its first byte."""

    media_type = "*/*"

    def read(self, raw: bytes) -> Any:
        return read_xml(raw) if _looks_like_xml(raw) else read_json(raw)


def _looks_like_xml(raw: bytes) -> bool:
    first = raw[:1024]
    for mark in _BYTE_ORDER_MARKS:
        first = first.removeprefix(mark)
    # UTF-16 adds zero bytes.
    return first.lstrip(b" \t\r\n\0").startswith(b"<")


# --- Out --------------------------------------------------------------------------------


class _Renderer(BaseRenderer):
    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        view = (renderer_context or {}).get("view")
        return self.write(data, getattr(view, "zone", None))

    def write(self, data: Any, zone: ZoneInfo | None) -> bytes:
        raise NotImplementedError


class JsonRenderer(_Renderer):
    media_type = JSON
    format = "json"
    charset = None

    def write(self, data: Any, zone: ZoneInfo | None) -> bytes:
        return write_json(data, zone)


class XmlRenderer(_Renderer):
    media_type = XML
    format = "xml"
    charset = "utf-8"

    def write(self, data: Any, zone: ZoneInfo | None) -> bytes:
        return write_xml(data, zone)


RENDERERS: tuple[type[_Renderer], ...] = (JsonRenderer, XmlRenderer)


def choose_renderer(request: HttpRequest) -> type[_Renderer]:
    """Return the renderer that the caller wants: by ``?format=``, else ``Accept``, else JSON.

    Raises:
        RequestInvalid: ``format`` is neither xml nor json.
        NotAcceptable: ``Accept`` allows neither.
    """
    format_name = next((request.GET[key] for key in FORMAT_KEYS if request.GET.get(key)), None)
    if format_name is not None:
        for renderer in RENDERERS:
            if renderer.format == format_name.strip().lower():
                return renderer
        raise RequestInvalid(detail="format must be xml or json.")
    return _choose_accepted(request.META.get("HTTP_ACCEPT") or "*/*")


def _choose_accepted(accept: str) -> type[_Renderer]:
    best: tuple[float, type[_Renderer]] | None = None
    for media_range in accept.lower().split(","):
        name, *parameters = (part.strip() for part in media_range.split(";"))
        renderer = _find_renderer(name)
        weight = _read_weight(parameters)
        # Of equal weights, the first wins.
        if renderer is not None and weight > 0 and (best is None or weight > best[0]):
            best = weight, renderer
    if best is None:
        raise NotAcceptable()
    return best[1]


def _find_renderer(name: str) -> type[_Renderer] | None:
    if name in ("*/*", "*", "application/*", JSON) or name.endswith("+json"):
        return JsonRenderer
    # Browsers accept XHTML, which does not mean that they want XML.
    if name in ("text/*", "text/xml", XML) or (name.endswith("+xml") and "xhtml" not in name):
        return XmlRenderer
    return None


def _read_weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


class Negotiation(BaseContentNegotiation):
    """Chooses the renderer by ``choose_renderer``, and the parser by the media type."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = choose_renderer(request._request)()
        return renderer, str(renderer.media_type)

    def select_parser(self, request: Request, parsers: Any) -> BaseParser:
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        if content_type in (JSON, "text/json") or content_type.endswith("+json"):
            return JsonParser()
        if content_type in (XML, "text/xml") or content_type.endswith("+xml"):
            return XmlParser()
        return EitherParser()
