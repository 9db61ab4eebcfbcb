"""The examples of the API page, which are JSON files beside the views that show them."""

from pathlib import Path

import orjson
from drf_spectacular.utils import OpenApiExample


def load_examples(module_file: str, name: str) -> list[OpenApiExample]:
    """Return the examples in ``examples/<name>.json`` beside the module.

    The file is a list of objects with a ``name`` and either a ``request`` or a ``response``; a
    request that is not sent as JSON says its ``media_type``.
    """
    text = Path(module_file).with_name("examples").joinpath(f"{name}.json").read_bytes()
    return [_make_example(**entry) for entry in orjson.loads(text)]


def _make_example(name: str, media_type: str | None = None, **bodies: object) -> OpenApiExample:
    [(kind, value)] = bodies.items()
    return OpenApiExample(
        name,
        value=value,
        request_only=kind == "request",
        response_only=kind == "response",
        media_type=media_type,
        status_codes=["200", "202"],
    )
