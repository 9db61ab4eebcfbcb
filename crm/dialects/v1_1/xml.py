"""Read and write XML as the same plain trees as JSON. Hostile input is refused.

An element with child elements is an object, one without is its text; repeated elements are a
list. Text is never converted: ``007`` stays ``007``. A key that is no valid XML name is written as
the ``key`` attribute of an element ``_``.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NoReturn
from xml.parsers import expat
from zoneinfo import ZoneInfo

import orjson

from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.plain_values import format_bool, format_leaf

MAX_DEPTH = 32  # levels, as in JSON
MAX_NODES = 40_000  # elements and attributes of a body
MAX_ATTRIBUTES = 16  # of an element
MAX_TAG_BYTES = 64 * 1024  # bytes; also of a comment
MAX_NAME_LENGTH = 200  # characters of a tag's name

XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
# The element for keys that are no valid XML names.
KEY_ELEMENT = "_"

_CHUNK_BYTES = 16 * 1024
# Encodings that expat decodes itself. Parsers may read others differently.
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "utf-16"}
_NIL_ATTRIBUTES = {"null", "nil", "xsi:nil"}

# Stricter than XML: parsers disagree about letters beyond ASCII.
_NAME = re.compile("[A-Za-z_][-.0-9A-Za-z_]*")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ATTRIBUTE_ESCAPES = str.maketrans({'"': "&quot;", "\t": "&#9;", "\n": "&#10;"})


# --- In ---------------------------------------------------------------------------------


def read_xml(raw: bytes) -> dict[str, Any]:
    """Return the root element's name with what is in it.

    Raises:
        RequestInvalid: the body is no XML, has a DOCTYPE or an unsupported encoding, or exceeds a
            limit.
    """
    parser = expat.ParserCreate()
    tree = _build_tree(parser)
    try:
        for offset in range(0, len(raw), _CHUNK_BYTES):
            chunk = raw[offset : offset + _CHUNK_BYTES]
            parser.Parse(chunk, False)
            # Expat restarts an unfinished tag with every chunk.
            if offset + len(chunk) - parser.CurrentByteIndex > MAX_TAG_BYTES:
                _refuse(f"A tag or comment is longer than {MAX_TAG_BYTES // 1024} KiB.")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        _refuse(
            f"The body is not XML: {reason} at line {error.lineno}, column {error.offset + 1}.",
            error,
        )
    except (LookupError, UnicodeError, ValueError) as error:
        _refuse("The body is in an encoding that is not read here; send UTF-8.", error)
    return tree


def _build_tree(parser: Any) -> dict[str, Any]:
    """Install handlers that fill the returned dict.

    Open elements are kept in parallel lists: an object for each would trigger the garbage
    collector too often.
    """
    tree: dict[str, Any] = {}
    names: list[str] = [""]
    children: list[dict[str, Any] | None] = [tree]
    texts: list[Any] = [""]  # a text, its pieces, or None
    nodes = 0

    def start(name: str, attributes: list[str]) -> None:
        nonlocal nodes
        nodes += 1
        text: str | None = ""
        if attributes:
            nodes += len(attributes) // 2
            name, text = _read_attributes(name, attributes)
        if len(names) > MAX_DEPTH:
            _refuse(f"The body is deeper than {MAX_DEPTH} levels.")
        if nodes > MAX_NODES:
            _refuse(f"The body has more than {MAX_NODES} elements.")
        if len(name) > MAX_NAME_LENGTH:
            _refuse(f"The name of an element is longer than {MAX_NAME_LENGTH} characters.")
        names.append(name)
        children.append(None)
        texts.append(text)

    def characters(chunk: str) -> None:
        text = texts[-1]
        if isinstance(text, list):
            text.append(chunk)
        else:
            texts[-1] = [text, chunk] if text else chunk

    def end(_: str) -> None:
        name, value, text = names.pop(), children.pop(), texts.pop()
        content: Any = value
        if value is None:
            content = "".join(text) if isinstance(text, list) else text
        parent = children[-1]
        if parent is None:
            children[-1] = {name: content}
        elif name not in parent:
            parent[name] = content
        elif isinstance(earlier := parent[name], list):
            earlier.append(content)
        else:
            parent[name] = [earlier, content]

    parser.buffer_text = True
    parser.buffer_size = _CHUNK_BYTES
    parser.ordered_attributes = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.XmlDeclHandler = _check_encoding
    # Entities, also external ones, need a DOCTYPE.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return tree


def _read_attributes(name: str, attributes: list[str]) -> tuple[str, str | None]:
    """Return an element's name and initial text, by its ``key`` and nil attributes."""
    if len(attributes) > 2 * MAX_ATTRIBUTES:
        _refuse(f"An element has more than {MAX_ATTRIBUTES} attributes.")
    values = dict(zip(attributes[::2], attributes[1::2], strict=True))
    is_nil = any(values.get(nil, "").lower() in ("true", "1") for nil in _NIL_ATTRIBUTES)
    return (values.get("key", name) if name == KEY_ELEMENT else name), (None if is_nil else "")


def _check_encoding(version: str, encoding: str | None, standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        _refuse("The body is in an encoding that is not read here; send UTF-8.")


def _refuse_doctype(*declared: Any) -> None:
    _refuse("A DOCTYPE is not allowed.")


def _refuse(detail: str, cause: Exception | None = None) -> NoReturn:
    raise RequestInvalid(detail=detail) from cause


# --- Out --------------------------------------------------------------------------------


def write_xml(data: Mapping[str, Any], zone: ZoneInfo | None = None) -> bytes:
    """Return ``data``, whose only key is the root element, as XML.

    Characters that XML cannot contain become the replacement character.
    """
    out = [XML_DECLARATION]
    _write_object(out.append, data, zone)
    return "".join(out).encode()


def _write_object(
    write: Callable[[str], None], data: Mapping[str, Any], zone: ZoneInfo | None
) -> None:
    for name, value in data.items():
        opening, closing, empty = _build_tags(name)
        # Most values are text; this avoids a function call for each.
        if type(value) is str:
            if value.isalnum():
                write(f"{opening}{value}{closing}")
            else:
                write(f"{opening}{_escape(value)}{closing}" if value else empty)
        elif type(value) is dict:
            write(opening)
            _write_object(write, value, zone)
            write(closing)
        elif isinstance(value, list | tuple):
            for inner in value:
                # A nested list has no name for its elements.
                nested = {"item": inner} if isinstance(inner, list | tuple) else inner
                _write_object(write, {name: nested}, zone)
        elif value is None:
            write(empty)
        elif isinstance(value, Mapping):
            _write_object(write, {name: dict(value)}, zone)
        else:
            write(f"{opening}{_escape(_format_text(value, zone))}{closing}")


def _format_text(value: Any, zone: ZoneInfo | None) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return format_bool(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        # Written as in JSON, so that both formats agree.
        number = orjson.dumps(value).decode()
        return "" if number == "null" else number
    return _format_text(format_leaf(value, zone), zone)


def _escape(text: str) -> str:
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    # Rare: line breaks, and characters that XML cannot contain.
    if not text.isprintable():
        text = _UNWRITABLE.sub("\ufffd", text).replace("\r", "&#13;")
    return text


@lru_cache(maxsize=4096)
def _build_tags(name: str) -> tuple[str, str, str]:
    if _NAME.fullmatch(name) and name != KEY_ELEMENT:
        return f"<{name}>", f"</{name}>", f"<{name}/>"
    key = _escape(name).translate(_ATTRIBUTE_ESCAPES)
    return f'<{KEY_ELEMENT} key="{key}">', f"</{KEY_ELEMENT}>", f'<{KEY_ELEMENT} key="{key}"/>'
