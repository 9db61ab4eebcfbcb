"""A till that calls as fast as it gets answers: a separate process, controlled by its input.

The first input line has the credential and the test data. Each further line has an operation and a
duration; the output for it is the number of answers and the first failed one.
"""

import itertools
import json
import random
import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any


def main() -> None:
    shared_data = json.loads(sys.stdin.readline())
    requests = {name: make_requests(shared_data) for name, make_requests in REQUESTS.items()}
    for line in sys.stdin:
        task = json.loads(line)
        answered, failed = 0, ""
        until = time.monotonic() + task["seconds"]
        while time.monotonic() < until and not failed:
            answer = _send(task["port"], next(requests[task["what"]]))
            answered += 1
            if not answer.startswith(b"HTTP/1.1 200"):
                failed = answer.decode(errors="replace")
        print(json.dumps([answered, failed]), flush=True)


def details(shared_data: dict[str, Any]) -> Iterator[bytes]:
    while True:
        customer_id = random.choice(shared_data["ids"])
        yield _build_get(shared_data, f"/v2/customers/{customer_id}?embed=points,subscriptions,mlp")


def lookup(shared_data: dict[str, Any]) -> Iterator[bytes]:
    while True:
        mobile = random.choice(shared_data["mobiles"])
        parameters = f"source=INSTORE&identifierName=mobile&identifierValue={mobile}"
        yield _build_get(shared_data, f"/v2/customers/lookup?{parameters}")


def search(shared_data: dict[str, Any]) -> Iterator[bytes]:
    while True:
        yield _build_get(
            shared_data, f"/v2/customers/search?q={random.choice(shared_data['prefixes'])}&limit=10"
        )


def register(shared_data: dict[str, Any]) -> Iterator[bytes]:
    for number in itertools.count(shared_data["first_number"]):
        identifiers = [
            {"type": "mobile", "value": f"91{number}"},
            {"type": "email", "value": f"p{number}@example.com"},
        ]
        body = {
            "profiles": [
                {
                    "firstName": "Asha",
                    "lastName": "Rao",
                    "identifiers": [*identifiers, {"type": "externalId", "value": f"x{number}"}],
                    "commChannels": [{**channel, "primary": True} for channel in identifiers],
                }
            ]
        }
        yield _build_request(
            shared_data, "POST", "/v2/customers?source=INSTORE", json.dumps(body).encode()
        )


REQUESTS: dict[str, Callable[[dict[str, Any]], Iterator[bytes]]] = {
    "details": details,
    "lookup": lookup,
    "search": search,
    "register": register,
}


def _build_get(shared_data: dict[str, Any], path: str) -> bytes:
    return _build_request(shared_data, "GET", path, b"")


def _build_request(shared_data: dict[str, Any], method: str, path: str, body: bytes) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: {shared_data['authorization']}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _send(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(request)
        parts = []
        while part := wire.recv(65536):
            parts.append(part)
    return b"".join(parts)


if __name__ == "__main__":
    main()
