"""The request of each operation, about the rows of ``world``."""

from typing import Any

import orjson

from tests.contract.operations import Operation
from tests.crm.callers import basic_auth
from tests.pictures import make_upload

# The rows of the organization that another one must not see all contain this word.
SECRET = "zarathustra"
MOBILE, EMAIL, CARD = "447700900111", "known@example.com", "known-1"


def send(client: Any, operation: Operation, world: Any, credential: Any = None) -> Any:
    """Send the operation's request, about the rows of this organization."""
    headers = basic_auth(credential.login) if credential else {}
    path = "/" + fill(operation.path, world)
    if operation.body is None:
        return getattr(client, operation.method)(path, **headers)
    if operation.body == "image":
        return client.post(path, {"file": make_upload()}, **headers)
    if operation.body == "table":
        return client.post(path, {"file": make_upload(b"Mobile\n9800000001\n", "a.csv")}, **headers)
    body = orjson.dumps(fill(operation.body, world))
    return getattr(client, operation.method)(path, body, content_type="application/json", **headers)


def fill(value: Any, world: Any) -> Any:
    """Replace the names of the world's rows by their ids and values."""
    if isinstance(value, dict):
        return {key: fill(inner, world) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, world) for inner in value]
    if not isinstance(value, str):
        return value
    if value.startswith("{") and isinstance(world.get(value[1:-1]), int):
        return world[value[1:-1]]
    for name, replacement in world.items():
        value = value.replace(f"{{{name}}}", str(replacement))
    return value
