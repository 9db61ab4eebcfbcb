"""Read JSON bodies within limits. Hostile input is refused."""

import json
import re
from typing import Any

import orjson

from crm.dialects.transport_errors import RequestInvalid

MAX_DEPTH = 32  # levels of lists and objects
_BOM = b"\xef\xbb\xbf"
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


def read_json(raw: bytes) -> Any:
    """Return the parsed body.

    Raises:
        RequestInvalid: the body is no JSON, is nested too deeply, or contains NUL characters.
    """
    raw = raw.removeprefix(_BOM)
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise RequestInvalid(
            detail=f"The body is not JSON: {error.msg} at character {error.pos}."
        ) from error
    if _LONG_NUMBER.search(raw):
        # orjson reads integers of more than 64 bits as floats, which loses digits.
        data = json.loads(raw)
    # Only bodies that could fail these checks are traversed.
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _is_deeper(data, MAX_DEPTH):
        raise RequestInvalid(detail=f"The body is deeper than {MAX_DEPTH} levels.")
    if b"\\u0000" in raw and _has_nul(data):
        raise RequestInvalid(detail="The body holds a NUL character.")
    return data


def _is_deeper(data: Any, levels: int) -> bool:
    level = [data]
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


def _has_nul(data: Any) -> bool:
    pending = [data]
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            if "\0" in node:
                return True
        elif isinstance(node, dict):
            pending += [*node.keys(), *node.values()]
        elif isinstance(node, list):
            pending += node
    return False
