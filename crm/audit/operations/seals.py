"""Seal committed events in batches; each seal includes the digest of the previous one."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max, Min, QuerySet

from crm.audit.models import Event, Seal, SealedEvent
from crm.audit.queries import list_unsealed_events
from crm.audit.rules import GENESIS, compute_digest
from crm.kernel.bulk import bulk_insert
from crm.kernel.transactions import within_unit_of_work

EVENTS_A_SEAL = 20_000
# No transaction runs longer, so no event can still appear before those of older seals.
LONGEST_TRANSACTION = timedelta(hours=1)


@within_unit_of_work
def seal_events(*, now: datetime, everything: bool = False) -> int:
    """Seal up to 20,000 committed, unsealed events, and return their number.

    Returns 0 if there is nothing to seal, or if another worker seals at the same moment.
    ``everything`` scans the whole log instead of the events since the seals of the last hour.
    """
    last = _get_last_seal(now)
    after_id = None if everything else _find_last_settled_event(now)
    events = list_unsealed_events(after_id=after_id).order_by("pk")[:EVENTS_A_SEAL]
    sealed: list[int] = []
    digest, count = compute_digest(last.digest, _collect_ids(events, sealed))
    if not count:
        return 0
    try:
        with transaction.atomic():
            seal = Seal.objects.create(
                previous=last, event_count=count, digest=digest, sealed_at=now
            )
    except IntegrityError:
        # Another worker sealed these events first.
        return 0
    bulk_insert(SealedEvent, ("event_id", "seal_id"), [(pk, seal.pk) for pk in sealed])
    return count


def _collect_ids(events: QuerySet[Event], event_ids: list[int]) -> Iterator[Event]:
    """Yield the events and append their ids to ``event_ids``, without loading all at once."""
    for event in events.iterator(chunk_size=1_000):
        event_ids.append(event.pk)
        yield event


def _get_last_seal(now: datetime) -> Seal:
    last = Seal.objects.filter(next__isnull=True).order_by("-pk").first()
    if last is None:
        last, _ = Seal.objects.get_or_create(
            digest=GENESIS, defaults={"previous": None, "event_count": 0, "sealed_at": now}
        )
    return last


def _find_last_settled_event(now: datetime) -> int | None:
    """Return the highest event id under a seal that is older than the longest transaction."""
    older = SealedEvent.objects.all()
    recent = Seal.objects.filter(sealed_at__gte=now - LONGEST_TRANSACTION).aggregate(
        first=Min("pk")
    )
    if recent["first"] is not None:
        older = older.filter(seal_id__lt=recent["first"])
    highest: int | None = older.aggregate(event=Max("event_id"))["event"]
    return highest
