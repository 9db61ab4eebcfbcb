"""How much a body may hold, whether its length is announced or not."""

from io import BytesIO
from typing import IO, NoReturn

from django.conf import settings
from rest_framework.request import Request

from crm.dialects.refusals import RequestInvalid, RequestTooLarge

LARGEST = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
LARGEST_MEGABYTES = LARGEST // 1024**2
# Of a body that is too large, what is still taken in so that its sender gets to our answer.
MOST_PASSED_OVER = 4 * LARGEST
PIECE = 64 * 1024


def bound_body(request: Request) -> None:
    """Refuse a body that is too large without keeping it; read one that comes in chunks.

    Django takes a body without a length for an empty one. The server marks the end of one that
    comes in chunks, so it can be read, up to the limit.

    Raises:
        RequestTooLarge: it is larger than an API body may be.
        RequestInvalid: it comes in chunks that the server does not, or cannot, put together.
    """
    incoming: IO[bytes] = request.META["wsgi.input"]
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isascii() and announced.isdecimal() and int(announced[:20]) > LARGEST:
        _refuse(incoming, int(announced[:20]))
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return
    if not request.META.get("wsgi.input_terminated"):
        raise RequestInvalid(detail="Send the body with a Content-Length.")
    try:
        body = incoming.read(LARGEST + 1)
    except Exception as broken:
        # Each server has errors of its own for chunks that are none.
        raise RequestInvalid(detail="The chunks of the body cannot be read.") from broken
    if len(body) > LARGEST:
        _refuse(incoming, MOST_PASSED_OVER)
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._request._stream = BytesIO(body)


def _refuse(incoming: IO[bytes], announced: int) -> NoReturn:
    """Take in the rest first: who sends it all before listening would see a broken pipe."""
    too_large = RequestTooLarge(megabytes=LARGEST_MEGABYTES)
    left = min(announced, MOST_PASSED_OVER)
    try:
        while left > 0 and (piece := incoming.read(min(PIECE, left))):
            left -= len(piece)
    except Exception as broken:
        raise too_large from broken
    raise too_large
