"""Doing once what is asked twice with the same Idempotency-Key.

A key is reserved in a unit of its own, with a lease. Each unit of the work behind it claims a
receipt first and writes its answer into it last, so that a caller who asks again after a crash
is told what was done, and only the rest is done.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.errors import (
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    IdempotencyKeyRunning,
)
from crm.tenancy.models import IdempotencyReceipt, IdempotencyRecord
from crm.tenancy.rules.idempotency import KEPT_FOR, LEASE, is_key

RUNNING = IdempotencyRecord.State.RUNNING
DONE = IdempotencyRecord.State.DONE


@dataclass(frozen=True, slots=True)
class Reservation:
    """The right to do the work behind a key until the lease ends."""

    record_id: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered the first time."""

    status: int
    content_type: str
    body: bytes


@within_unit_of_work
def reserve_key(
    *, credential_id: int, key: str, fingerprint: str, now: datetime
) -> Reservation | KeptAnswer:
    """Take the key, or what was answered under it.

    Raises:
        IdempotencyKeyInvalid: the key is empty, too long, or not printable ASCII.
        IdempotencyKeyReused: the key was used for another request.
        IdempotencyKeyRunning: the first request with it is not answered yet.
    """
    if not is_key(key):
        raise IdempotencyKeyInvalid()
    record_id = _insert(credential_id, key, fingerprint, now)
    if record_id is not None:
        return Reservation(record_id, now + LEASE)
    record = IdempotencyRecord.objects.filter(credential_id=credential_id, key=key).first()
    if record is None:
        # It ran out and was purged in this very moment; whoever asks again will have it.
        raise IdempotencyKeyRunning()
    if record.created_at <= now - KEPT_FOR:
        return _begin_anew(record, fingerprint, now)
    if record.fingerprint != fingerprint:
        raise IdempotencyKeyReused()
    if record.state == DONE:
        return KeptAnswer(record.status or 0, record.content_type, bytes(record.body or b""))
    if record.lease_until > now:
        raise IdempotencyKeyRunning()
    return _take_over(record, now)


@within_unit_of_work
def claim_receipt(*, record_id: int, item: int) -> Any | None:
    """Make this unit the one that does the item; return the answer of the one that did, if any.

    Waits for a unit that holds the claim: it either commits its answer or gives the claim back.
    """
    try:
        with transaction.atomic():
            IdempotencyReceipt.objects.create(record_id=record_id, item=item, answer={})
    except IntegrityError:
        return IdempotencyReceipt.objects.get(record_id=record_id, item=item).answer
    return None


@within_unit_of_work
def write_receipt(*, record_id: int, item: int, answer: Any) -> None:
    """Keep the answer of an item in the unit that did it."""
    IdempotencyReceipt.objects.filter(record_id=record_id, item=item).update(answer=answer)


@within_unit_of_work
def keep_answer(*, reservation: Reservation, answer: KeptAnswer) -> None:
    """Answer repeats with this from now on; without effect when somebody else took over."""
    _held(reservation).update(
        state=DONE, status=answer.status, content_type=answer.content_type, body=answer.body
    )


@within_unit_of_work
def give_key_back(*, reservation: Reservation, now: datetime) -> None:
    """Let the next request with this key try again; receipts of what was done stay."""
    _held(reservation).update(lease_until=now)


@within_unit_of_work
def purge_idempotency_records(before: datetime) -> int:
    """Forget the keys that were first used before that moment; say how many."""
    IdempotencyReceipt.objects.filter(record__created_at__lt=before).delete()
    _, deleted = IdempotencyRecord.objects.filter(created_at__lt=before).delete()
    return deleted.get("tenancy.IdempotencyRecord", 0)


def _held(reservation: Reservation) -> QuerySet[IdempotencyRecord]:
    return IdempotencyRecord.objects.filter(
        pk=reservation.record_id, state=RUNNING, lease_until=reservation.lease_until
    )


def _insert(credential_id: int, key: str, fingerprint: str, now: datetime) -> int | None:
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(
                credential_id=credential_id,
                key=key,
                fingerprint=fingerprint,
                lease_until=now + LEASE,
                created_at=now,
            ).pk
    except IntegrityError:
        return None


def _take_over(record: IdempotencyRecord, now: datetime) -> Reservation:
    taken = Reservation(record.pk, now + LEASE)
    # Two may see the lease run out; the condition lets one of them have it.
    if not _held(Reservation(record.pk, record.lease_until)).update(lease_until=taken.lease_until):
        raise IdempotencyKeyRunning()
    return taken


def _begin_anew(record: IdempotencyRecord, fingerprint: str, now: datetime) -> Reservation:
    """Use the row of a key whose day is over; its receipts are of another request."""
    begun = Reservation(record.pk, now + LEASE)
    changed = IdempotencyRecord.objects.filter(pk=record.pk, created_at=record.created_at).update(
        fingerprint=fingerprint,
        state=RUNNING,
        lease_until=begun.lease_until,
        created_at=now,
        status=None,
        content_type="",
        body=None,
    )
    if not changed:
        raise IdempotencyKeyRunning()
    IdempotencyReceipt.objects.filter(record_id=record.pk).delete()
    return begun
