"""A till that calls as fast as it is answered: a process of its own, told what to do on its input.

The first line says who calls and whom they know, each further one how long to call what; the
answer to each is how many answers came, and the first that was no success.
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
    given = json.loads(sys.stdin.readline())
    requests = {name: make(given) for name, make in REQUESTS.items()}
    for line in sys.stdin:
        task = json.loads(line)
        answered, failed = 0, ""
        until = time.monotonic() + task["seconds"]
        while time.monotonic() < until and not failed:
            answer = _ask(task["port"], next(requests[task["what"]]))
            answered += 1
            if not answer.startswith(b"HTTP/1.1 200"):
                failed = answer.decode(errors="replace")
        print(json.dumps([answered, failed]), flush=True)


def details(given: dict[str, Any]) -> Iterator[bytes]:
    while True:
        person = random.choice(given["ids"])
        yield _get(given, f"/v2/customers/{person}?embed=points,subscriptions,mlp")


def lookup(given: dict[str, Any]) -> Iterator[bytes]:
    while True:
        mobile = random.choice(given["mobiles"])
        named = f"source=INSTORE&identifierName=mobile&identifierValue={mobile}"
        yield _get(given, f"/v2/customers/lookup?{named}")


def search(given: dict[str, Any]) -> Iterator[bytes]:
    while True:
        yield _get(given, f"/v2/customers/search?q={random.choice(given['prefixes'])}&limit=10")


def register(given: dict[str, Any]) -> Iterator[bytes]:
    for number in itertools.count(given["first_number"]):
        said = [
            {"type": "mobile", "value": f"91{number}"},
            {"type": "email", "value": f"p{number}@example.com"},
        ]
        body = {
            "profiles": [
                {
                    "firstName": "Asha",
                    "lastName": "Rao",
                    "identifiers": [*said, {"type": "externalId", "value": f"x{number}"}],
                    "commChannels": [{**channel, "primary": True} for channel in said],
                }
            ]
        }
        yield _request(given, "POST", "/v2/customers?source=INSTORE", json.dumps(body).encode())


REQUESTS: dict[str, Callable[[dict[str, Any]], Iterator[bytes]]] = {
    "details": details,
    "lookup": lookup,
    "search": search,
    "register": register,
}


def _get(given: dict[str, Any], path: str) -> bytes:
    return _request(given, "GET", path, b"")


def _request(given: dict[str, Any], method: str, path: str, body: bytes) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: {given['authorization']}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _ask(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(request)
        parts = []
        while part := wire.recv(65536):
            parts.append(part)
    return b"".join(parts)


if __name__ == "__main__":
    main()
