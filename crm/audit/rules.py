"""How events are hashed. Pure: the same words always give the same digest."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

GENESIS = hashlib.sha256(b"the log begins").hexdigest()


class Written(Protocol):
    """What a digest reads of an event."""

    pk: Any
    org_id: int
    actor_id: int | None
    door: str
    request_id: str
    kind: str
    subject_type: str
    subject_id: int
    before: Any
    after: Any
    happened_at: datetime


def digest_of(previous: str, events: Iterable[Written]) -> tuple[str, int]:
    """Hash the events, in the order given, onto the digest before; say how many there were."""
    ink = hashlib.sha256(previous.encode())
    count = 0
    for event in events:
        ink.update(_written_out(event))
        count += 1
    return ink.hexdigest(), count


def _written_out(event: Written) -> bytes:
    return json.dumps(
        [
            event.pk,
            event.org_id,
            event.actor_id,
            event.door,
            event.request_id,
            event.kind,
            event.subject_type,
            event.subject_id,
            event.before,
            event.after,
            int(event.happened_at.timestamp() * 1_000_000),
        ],
        sort_keys=True,
        separators=(",", ":"),
    ).encode()
