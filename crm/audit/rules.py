"""Hashing of events. The same events always give the same digest."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

GENESIS = hashlib.sha256(b"the log begins").hexdigest()


class HashedEvent(Protocol):
    """The fields of an event that are part of the digest."""

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


def compute_digest(previous: str, events: Iterable[HashedEvent]) -> tuple[str, int]:
    """Hash the events, in order, onto the previous digest. Return the digest and their number."""
    hasher = hashlib.sha256(previous.encode())
    count = 0
    for event in events:
        hasher.update(_serialize_event(event))
        count += 1
    return hasher.hexdigest(), count


def _serialize_event(event: HashedEvent) -> bytes:
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
