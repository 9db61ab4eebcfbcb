"""Read the audit log, and verify that it was not changed."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from crm.audit.models import Event, Seal, SealedEvent
from crm.audit.rules import GENESIS, compute_digest


@dataclass(frozen=True, slots=True)
class SealCheck:
    """The result of verifying the whole log."""

    seals: int
    sealed: int
    unsealed: int
    last_digest: str
    breaks: list[str]


def list_unsealed_events(*, after_id: int | None = None) -> QuerySet[Event]:
    """Return committed events without a seal, optionally only those after event ``after_id``."""
    events = Event.objects.filter(~Exists(SealedEvent.objects.filter(event=OuterRef("pk"))))
    return events if after_id is None else events.filter(pk__gt=after_id)


def verify_log() -> SealCheck:
    """Hash all events again and compare them with the seals; ``breaks`` lists every mismatch."""
    breaks: list[str] = []
    seals = sealed = 0
    previous: Seal | None = None
    for seal in Seal.objects.order_by("pk").iterator():
        if previous is None:
            expected, count = GENESIS, 0
        else:
            expected, count = compute_digest(previous.digest, _list_sealed_events(seal))
        if seal.previous_id != (previous.pk if previous else None):
            breaks.append(f"Seal {seal.pk} does not follow seal {previous and previous.pk}.")
        if seal.event_count != count:
            breaks.append(f"Seal {seal.pk} covers {count} events, not {seal.event_count}.")
        if seal.digest != expected:
            breaks.append(f"Seal {seal.pk}: an event under it is not what was written.")
        seals, sealed, previous = seals + 1, sealed + count, seal
    last_digest = previous.digest if previous else GENESIS
    return SealCheck(seals, sealed, list_unsealed_events().count(), last_digest, breaks)


def list_subject_events(*, org_id: int, subject_type: str, subject_id: int) -> QuerySet[Event]:
    """Return the events about one row, newest first."""
    return Event.objects.filter(
        org_id=org_id, subject_type=subject_type, subject_id=subject_id
    ).order_by("-pk")


def _list_sealed_events(seal: Seal) -> Iterator[Event]:
    return Event.objects.filter(sealed__seal=seal).order_by("pk").iterator(chunk_size=2_000)


def find_other_events(
    *,
    org_id: int,
    subject_type: str,
    subject_ids: Collection[int],
    since: datetime,
    ignored_requests: Collection[str],
) -> dict[int, Event]:
    """Return each subject's first event since then that none of these requests recorded.

    One query, or none.
    """
    if not subject_ids:
        return {}
    rows = (
        Event.objects.filter(
            org_id=org_id,
            subject_type=subject_type,
            subject_id__in=subject_ids,
            happened_at__gte=since,
        )
        .exclude(request_id__in=ignored_requests)
        .select_related("actor")
        .order_by("-id")
    )
    # The last one read is the first one recorded.
    return {event.subject_id: event for event in rows}
