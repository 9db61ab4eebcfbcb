"""A strict reading of the published schema."""

from typing import Any


def make_strict(node: Any) -> Any:
    """Return an OpenAPI 3.0 schema as JSON schema that forbids undeclared keys."""
    if isinstance(node, list):
        return [make_strict(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    node = {key: make_strict(inner) for key, inner in node.items()}
    if "properties" in node and "additionalProperties" not in node:
        node["additionalProperties"] = False
    if node.pop("nullable", None) is True and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    return node
