"""Answering a repeated write with the first answer (contract, section 3).

``Receipts`` is what a view works through: it opens the unit of work around each item, and with
an Idempotency-Key does no item twice.
"""

from collections.abc import Callable
from typing import Any

import structlog
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import parse_header_parameters

from crm.dialects.headers import get_header
from crm.kernel.availability import is_database_away
from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.idempotency import (
    KeptAnswer,
    Reservation,
    claim_receipt,
    keep_answer,
    release_key,
    reserve_key,
    write_receipt,
)
from crm.tenancy.rules.idempotency import build_fingerprint

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
# Asking again may help, so these are not kept; nor is anything from 500 on.
UNSTORED_STATUSES = {401, 429}

log = structlog.get_logger(__name__)


class Receipts:
    """Units of work of one request; the answers of those done before come back as they were."""

    def __init__(self, record_id: int | None = None) -> None:
        self._record_id = record_id
        self.replayed = False

    def run_once(self, item: int, work: Callable[[], Any]) -> Any:
        """Do ``work`` in a unit of its own and return its answer, which JSON must be able to say.

        An earlier try that did it left its answer, and nothing is done. A refusal passes through
        and leaves nothing behind.
        """
        if self._record_id is None:
            return unit_of_work(work)()
        record_id = self._record_id

        def with_receipt() -> tuple[bool, Any]:
            earlier = claim_receipt(record_id=record_id, item=item)
            if earlier is not None:
                return True, earlier
            answer = work()
            write_receipt(record_id=record_id, item=item, answer=answer)
            return False, answer

        replayed, answer = unit_of_work(with_receipt)()
        self.replayed = self.replayed or replayed
        return answer


def answer_once(
    request: HttpRequest, credential_id: int, respond: Callable[[Receipts], HttpResponse]
) -> HttpResponse:
    """Return what ``respond`` answers, or what it answered to the same request before.

    ``respond`` returns a rendered response.

    Raises:
        IdempotencyKeyInvalid: the key is empty, too long, or not printable ASCII.
        IdempotencyKeyReused: the key was used for another request.
        IdempotencyKeyRunning: the first request with it is not answered yet.
    """
    key = get_header(request, KEY_HEADER)
    if key is None:
        return respond(Receipts())
    reservation = unit_of_work(reserve_key)(
        credential_id=credential_id,
        key=key,
        fingerprint=build_fingerprint(
            request.method or "", request.get_full_path(), request.body, _boundary(request)
        ),
        now=timezone.now(),
    )
    if isinstance(reservation, KeptAnswer):
        response = HttpResponse(
            reservation.body, status=reservation.status, content_type=reservation.content_type
        )
        response[REPLAYED_HEADER] = "true"
        return response
    return _respond_and_store(reservation, respond)


def _boundary(request: HttpRequest) -> bytes:
    media_type, parameters = parse_header_parameters(request.META.get("CONTENT_TYPE", ""))
    if media_type != "multipart/form-data":
        return b""
    return parameters.get("boundary", "").encode("latin-1", "replace")


def _respond_and_store(
    reservation: Reservation, respond: Callable[[Receipts], HttpResponse]
) -> HttpResponse:
    receipts = Receipts(reservation.record_id)
    try:
        response = respond(receipts)
    except BaseException:
        _release_key(reservation)
        raise
    if response.status_code in UNSTORED_STATUSES or response.status_code >= 500:
        _release_key(reservation)
    else:
        unit_of_work(keep_answer)(
            reservation=reservation,
            answer=KeptAnswer(
                response.status_code, response.get("Content-Type", ""), response.content
            ),
        )
    if receipts.replayed:
        response[REPLAYED_HEADER] = "true"
    return response


def _release_key(reservation: Reservation) -> None:
    try:
        unit_of_work(release_key)(reservation=reservation, now=timezone.now())
    except Error as failure:
        if not is_database_away(failure):
            raise
        # The lease ends by itself a little later.
        log.warning("idempotency_key_not_released", record=reservation.record_id)
