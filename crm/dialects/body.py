"""How much a body may hold, whether its length is announced or not."""

from io import BytesIO

from django.conf import settings
from rest_framework.request import Request

from crm.dialects.refusals import RequestInvalid, RequestTooLarge

LARGEST = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
LARGEST_MEGABYTES = LARGEST // 1024**2


def bound_body(request: Request) -> None:
    """Refuse a body that is too large before reading it; read one that comes in chunks.

    Django takes a body without a length for an empty one. The server marks the end of one that
    comes in chunks, so it can be read, up to the limit.

    Raises:
        RequestTooLarge: it is larger than an API body may be.
        RequestInvalid: it comes in chunks that the server does not put together.
    """
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isascii() and announced.isdecimal() and int(announced[:20]) > LARGEST:
        raise RequestTooLarge(megabytes=LARGEST_MEGABYTES)
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return
    if not request.META.get("wsgi.input_terminated"):
        raise RequestInvalid(detail="Send the body with a Content-Length.")
    body = request.META["wsgi.input"].read(LARGEST + 1)
    if len(body) > LARGEST:
        raise RequestTooLarge(megabytes=LARGEST_MEGABYTES)
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._request._stream = BytesIO(body)
