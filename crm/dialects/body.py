"""Limit the size of request bodies, with or without a Content-Length."""

from io import BytesIO
from typing import IO, NoReturn

from django.conf import settings
from rest_framework.request import Request

from crm.dialects.transport_errors import RequestInvalid, RequestTooLarge

MAX_BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
MAX_BODY_MEGABYTES = MAX_BODY_BYTES // 1024**2
# How much of a too large body is still read, so that the sender receives the answer.
MAX_DISCARDED_BYTES = 4 * MAX_BODY_BYTES
CHUNK_BYTES = 64 * 1024


def limit_body(request: Request) -> None:
    """Refuse a too large body without storing it, and read a chunked body.

    Django treats a body without a length as empty. The server marks the end of a chunked body, so
    it can be read up to the limit.

    Raises:
        RequestTooLarge: the body is larger than the limit.
        RequestInvalid: the body is chunked, and the server does not or cannot join the chunks.
    """
    stream: IO[bytes] = request.META["wsgi.input"]
    announced_length = request.META.get("CONTENT_LENGTH") or ""
    if (
        announced_length.isascii()
        and announced_length.isdecimal()
        and int(announced_length[:20]) > MAX_BODY_BYTES
    ):
        refuse_too_large(stream, int(announced_length[:20]))
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return
    if not request.META.get("wsgi.input_terminated"):
        raise RequestInvalid(detail="Send the body with a Content-Length.")
    try:
        body = stream.read(MAX_BODY_BYTES + 1)
    except Exception as error:
        # Each server raises its own errors for invalid chunks.
        raise RequestInvalid(detail="The chunks of the body cannot be read.") from error
    if len(body) > MAX_BODY_BYTES:
        refuse_too_large(stream, MAX_DISCARDED_BYTES)
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._request._stream = BytesIO(body)


def refuse_too_large(
    stream: IO[bytes], announced_length: int, megabytes: int = MAX_BODY_MEGABYTES
) -> NoReturn:
    """Read the rest, then refuse; else a client that is still sending sees a broken pipe."""
    too_large = RequestTooLarge(megabytes=megabytes)
    remaining = min(announced_length, MAX_DISCARDED_BYTES)
    try:
        while remaining > 0 and (chunk := stream.read(min(CHUNK_BYTES, remaining))):
            remaining -= len(chunk)
    except Exception as error:
        raise too_large from error
    raise too_large
