"""JSON in and out: bounded, hostile input refused by name."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

import orjson
from django.utils.functional import Promise
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from crm.dialects.refusals import NotAcceptable, RequestInvalid

DEEPEST = 32  # levels of lists and objects
_BOM = b"\xef\xbb\xbf"
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


class JsonParser(BaseParser):
    """Reads UTF-8 JSON of a bounded depth, without NUL in any text."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return read_json(stream.read())


def read_json(raw: bytes) -> Any:
    """Return what the body says.

    Raises:
        RequestInvalid: it is no JSON, too deep, or holds what no column can keep.
    """
    raw = raw.removeprefix(_BOM)
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError as unreadable:
        raise RequestInvalid(
            detail=f"The body is not JSON: {unreadable.msg} at character {unreadable.pos}."
        ) from unreadable
    if _LONG_NUMBER.search(raw):
        # Whole numbers of more than 64 bits became floats, which no longer say what was said.
        said = json.loads(raw)
    # Both walks are for the few bodies that could fail them.
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _is_deeper(said, DEEPEST):
        raise RequestInvalid(detail=f"The body is deeper than {DEEPEST} levels.")
    if b"\\u0000" in raw and _has_nul(said):
        raise RequestInvalid(detail="The body holds a NUL character.")
    return said


def _is_deeper(said: Any, levels: int) -> bool:
    level = [said]
    for _ in range(levels + 1):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _has_nul(said: Any) -> bool:
    waiting = [said]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            if "\0" in node:
                return True
        elif isinstance(node, dict):
            waiting += [*node.keys(), *node.values()]
        elif isinstance(node, list):
            waiting += node
    return False


class JsonRenderer(BaseRenderer):
    """Writes JSON; moments become the organization's time, to the second."""

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
    """Return ``data`` as JSON, its aware moments in ``zone``."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            moment = value.astimezone(zone) if zone else value
            return moment.replace(microsecond=0).isoformat()
        if isinstance(value, Decimal):
            return float(value)
        if isinstance(value, Promise):
            return str(value)
        raise TypeError(f"{type(value).__name__} has no form in JSON")

    return orjson.dumps(data, default=plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


class JsonNegotiation(BaseContentNegotiation):
    """Answers JSON to whoever does not insist on something else."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        accepted = (request.META.get("HTTP_ACCEPT") or "*/*").lower()
        if not any(type in accepted for type in ("*/*", "application/*", "application/json")):
            raise NotAcceptable()
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        said = (request.content_type or "").partition(";")[0].strip().lower()
        for parser in parsers:
            if parser.media_type == said or (
                isinstance(parser, JsonParser) and (not said or said.endswith("+json"))
            ):
                return parser
        return None
