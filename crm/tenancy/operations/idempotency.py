"""Idempotency keys: a request that is repeated with the same key is executed once.

A key is reserved with a lease, in a unit of its own. Each unit of the request claims a receipt
first and stores its answer in it last. So a repetition after a crash gets the stored answers, and
only the rest is executed.
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
from crm.tenancy.rules.idempotency import LEASE_DURATION, RETENTION, is_valid_key

RUNNING = IdempotencyRecord.State.RUNNING
DONE = IdempotencyRecord.State.DONE


@dataclass(frozen=True, slots=True)
class Reservation:
    """The right to execute the request of a key until the lease ends."""

    record_id: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The stored answer to the first request."""

    status: int
    content_type: str
    body: bytes


@within_unit_of_work
def reserve_key(
    *, credential_id: int, key: str, fingerprint: str, now: datetime
) -> Reservation | KeptAnswer:
    """Reserve the key, or return the answer stored under it.

    Raises:
        IdempotencyKeyInvalid: the key is empty, too long, or not printable ASCII.
        IdempotencyKeyReused: the key was used for another request.
        IdempotencyKeyRunning: the first request with it is not answered yet.
    """
    if not is_valid_key(key):
        raise IdempotencyKeyInvalid()
    record_id = _insert_record(credential_id, key, fingerprint, now)
    if record_id is not None:
        return Reservation(record_id, now + LEASE_DURATION)
    record = IdempotencyRecord.objects.filter(credential_id=credential_id, key=key).first()
    if record is None:
        # It was purged just now; the next attempt will get the key.
        raise IdempotencyKeyRunning()
    if record.created_at <= now - RETENTION:
        return _reuse_record(record, fingerprint, now)
    if record.fingerprint != fingerprint:
        raise IdempotencyKeyReused()
    if record.state == DONE:
        return KeptAnswer(record.status or 0, record.content_type, bytes(record.body or b""))
    if record.lease_until > now:
        raise IdempotencyKeyRunning()
    return _take_over(record, now)


@within_unit_of_work
def claim_receipt(*, record_id: int, item: int) -> Any | None:
    """Claim the item for this unit; return the stored answer if it was done before.

    Waits for a unit that holds the claim, until it commits its answer or rolls back.
    """
    try:
        with transaction.atomic():
            IdempotencyReceipt.objects.create(record_id=record_id, item=item, answer={})
    except IntegrityError:
        return IdempotencyReceipt.objects.get(record_id=record_id, item=item).answer
    return None


@within_unit_of_work
def write_receipt(*, record_id: int, item: int, answer: Any) -> None:
    """Store the answer of an item, in the unit that did it."""
    IdempotencyReceipt.objects.filter(record_id=record_id, item=item).update(answer=answer)


@within_unit_of_work
def keep_answer(*, reservation: Reservation, answer: KeptAnswer) -> None:
    """Store the answer for repetitions; without effect if another request took over the key."""
    _filter_held(reservation).update(
        state=DONE, status=answer.status, content_type=answer.content_type, body=answer.body
    )


@within_unit_of_work
def release_key(*, reservation: Reservation, now: datetime) -> None:
    """Let the next request with this key try again; the receipts stay."""
    _filter_held(reservation).update(lease_until=now)


@within_unit_of_work
def purge_idempotency_records(before: datetime) -> int:
    """Delete the keys that were first used before that time; return how many."""
    IdempotencyReceipt.objects.filter(record__created_at__lt=before).delete()
    _, deleted = IdempotencyRecord.objects.filter(created_at__lt=before).delete()
    return deleted.get("tenancy.IdempotencyRecord", 0)


def _filter_held(reservation: Reservation) -> QuerySet[IdempotencyRecord]:
    return IdempotencyRecord.objects.filter(
        pk=reservation.record_id, state=RUNNING, lease_until=reservation.lease_until
    )


def _insert_record(credential_id: int, key: str, fingerprint: str, now: datetime) -> int | None:
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(
                credential_id=credential_id,
                key=key,
                fingerprint=fingerprint,
                lease_until=now + LEASE_DURATION,
                created_at=now,
            ).pk
    except IntegrityError:
        return None


def _take_over(record: IdempotencyRecord, now: datetime) -> Reservation:
    reservation = Reservation(record.pk, now + LEASE_DURATION)
    # Two requests may see the lease expire; the condition lets only one take it.
    if not _filter_held(Reservation(record.pk, record.lease_until)).update(
        lease_until=reservation.lease_until
    ):
        raise IdempotencyKeyRunning()
    return reservation


def _reuse_record(record: IdempotencyRecord, fingerprint: str, now: datetime) -> Reservation:
    """Reuse the row of an expired key, without its old receipts."""
    reservation = Reservation(record.pk, now + LEASE_DURATION)
    changed = IdempotencyRecord.objects.filter(pk=record.pk, created_at=record.created_at).update(
        fingerprint=fingerprint,
        state=RUNNING,
        lease_until=reservation.lease_until,
        created_at=now,
        status=None,
        content_type="",
        body=None,
    )
    if not changed:
        raise IdempotencyKeyRunning()
    IdempotencyReceipt.objects.filter(record_id=record.pk).delete()
    return reservation
