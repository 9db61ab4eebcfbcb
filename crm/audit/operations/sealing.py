"""Sealing committed events in batches, each seal hashing the one before."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max, Min, QuerySet

from crm.audit.models import Event, Seal, SealedEvent
from crm.audit.queries import unsealed_events
from crm.audit.rules import GENESIS, digest_of
from crm.kernel.bulk import bulk_insert
from crm.kernel.transactions import within_unit_of_work

EVENTS_A_SEAL = 20_000
# No unit of work lives longer, so nothing appears later behind seals that are older than this.
LONGEST_UNIT = timedelta(hours=1)


@within_unit_of_work
def seal_events(*, now: datetime, everything: bool = False) -> int:
    """Put up to 20,000 committed, unsealed events under a new seal; say how many.

    Zero when there is nothing to seal or when another worker is sealing at the same moment.
    ``everything`` looks through the whole log, not only behind the seals of the last hour.
    """
    last = _last_seal(now)
    behind = None if everything else _behind_recent_seals(now)
    events = unsealed_events(behind=behind).order_by("pk")[:EVENTS_A_SEAL]
    sealed: list[int] = []
    digest, count = digest_of(last.digest, _noting(events, sealed))
    if not count:
        return 0
    try:
        with transaction.atomic():
            seal = Seal.objects.create(
                previous=last, event_count=count, digest=digest, sealed_at=now
            )
    except IntegrityError:
        # Somebody followed the same seal first; theirs covers these events.
        return 0
    bulk_insert(SealedEvent, ("event_id", "seal_id"), [(pk, seal.pk) for pk in sealed])
    return count


def _noting(events: QuerySet[Event], pks: list[int]) -> Iterator[Event]:
    """The events one after another, their keys noted: all of them at once would fill the memory."""
    for event in events.iterator(chunk_size=1_000):
        pks.append(event.pk)
        yield event


def _last_seal(now: datetime) -> Seal:
    last = Seal.objects.filter(next__isnull=True).order_by("-pk").first()
    if last is None:
        last, _ = Seal.objects.get_or_create(
            digest=GENESIS, defaults={"previous": None, "event_count": 0, "sealed_at": now}
        )
    return last


def _behind_recent_seals(now: datetime) -> int | None:
    """The highest event that a seal older than the longest unit covers."""
    older = SealedEvent.objects.all()
    recent = Seal.objects.filter(sealed_at__gte=now - LONGEST_UNIT).aggregate(first=Min("pk"))
    if recent["first"] is not None:
        older = older.filter(seal_id__lt=recent["first"])
    highest: int | None = older.aggregate(event=Max("event_id"))["event"]
    return highest
