"""Answer a repeated write with its first answer (contract, section 3).

``Receipts`` opens the unit of work around each item; with an Idempotency-Key it runs no item
twice.
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
# A retry may succeed, so these are not stored; nor are statuses from 500.
UNSTORED_STATUSES = {401, 429}

log = structlog.get_logger(__name__)


class Receipts:
    """The units of work of one request. Items that ran before return their stored answers."""

    def __init__(self, record_id: int | None = None) -> None:
        self._record_id = record_id
        self.replayed = False

    def run_once(self, item: int, work: Callable[[], Any]) -> Any:
        """Run ``work`` in its own unit of work and return its answer, which must be JSON.

        If an earlier request ran the item, its stored answer is returned instead. A refusal is
        raised and nothing is stored.
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
    request: HttpRequest,
    credential_id: int,
    respond: Callable[[Receipts], HttpResponse],
    digest_body: Callable[[], bytes | None] = lambda: None,
) -> HttpResponse:
    """Return the response of ``respond``, or the stored response of the same request.

    ``respond`` must return a rendered response. ``digest_body`` returns what stands for a body that
    was read already, such as an uploaded file.

    Raises:
        IdempotencyKeyInvalid: the key is empty, too long, or not printable ASCII.
        IdempotencyKeyReused: the key was used for another request.
        IdempotencyKeyRunning: the first request with the key is still running.
    """
    key = get_header(request, KEY_HEADER)
    if key is None:
        return respond(Receipts())
    digest = digest_body()
    body, boundary = (request.body, _boundary(request)) if digest is None else (digest, b"")
    reservation = unit_of_work(reserve_key)(
        credential_id=credential_id,
        key=key,
        fingerprint=build_fingerprint(
            request.method or "", request.get_full_path(), body, boundary
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
