"""Reading the log, and proving that it is what was written."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from crm.audit.models import Event, Seal, SealedEvent
from crm.audit.rules import GENESIS, digest_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What reading the whole log showed."""

    seals: int
    sealed: int
    unsealed: int
    last_digest: str
    breaks: list[str]


def unsealed_events(*, behind: int | None = None) -> QuerySet[Event]:
    """Committed events that no seal covers, of those after the event ``behind``."""
    unsealed = Event.objects.filter(~Exists(SealedEvent.objects.filter(event=OuterRef("pk"))))
    return unsealed if behind is None else unsealed.filter(pk__gt=behind)


def verify_log() -> Verdict:
    """Hash everything again and compare; one sentence for each thing that does not fit."""
    breaks: list[str] = []
    seals = sealed = 0
    previous: Seal | None = None
    for seal in Seal.objects.order_by("pk").iterator():
        if previous is None:
            expected, count = GENESIS, 0
        else:
            expected, count = digest_of(previous.digest, _events_under(seal))
        if seal.previous_id != (previous.pk if previous else None):
            breaks.append(f"Seal {seal.pk} does not follow seal {previous and previous.pk}.")
        if seal.event_count != count:
            breaks.append(f"Seal {seal.pk} covers {count} events, not {seal.event_count}.")
        if seal.digest != expected:
            breaks.append(f"Seal {seal.pk}: an event under it is not what was written.")
        seals, sealed, previous = seals + 1, sealed + count, seal
    last_digest = previous.digest if previous else GENESIS
    return Verdict(seals, sealed, unsealed_events().count(), last_digest, breaks)


def list_events_of(*, org_id: int, subject_type: str, subject_id: int) -> QuerySet[Event]:
    """What happened to one row, newest first."""
    return Event.objects.filter(
        org_id=org_id, subject_type=subject_type, subject_id=subject_id
    ).order_by("-pk")


def _events_under(seal: Seal) -> Iterator[Event]:
    return Event.objects.filter(sealed__seal=seal).order_by("pk").iterator(chunk_size=2_000)
