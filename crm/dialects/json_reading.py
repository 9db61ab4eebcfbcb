"""What JSON bodies say: bounded, hostile input refused by name."""

import json
import re
from typing import Any

import orjson

from crm.dialects.refusals import RequestInvalid

DEEPEST = 32  # levels of lists and objects
_BOM = b"\xef\xbb\xbf"
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


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
