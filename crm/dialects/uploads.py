"""Receive a file of any size: as a form field or as the body, never whole in memory."""

import hashlib
from collections.abc import Mapping
from typing import IO, Any, cast

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from crm.dialects.body import CHUNK_BYTES, refuse_too_large
from crm.dialects.transport_errors import MediaTypeUnsupported, RequestInvalid, RequestTooLarge
from crm.runs.errors import ImportFileMissing

FORM = MultiPartParser.media_type
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BINARY = "application/octet-stream"
FIELD = "file"


def receive_body(request: Request) -> None:
    """Refuse a body above the limit of uploads, and join a chunked one on disk.

    Raises:
        RequestTooLarge: the body is larger than ``UPLOAD_MAX_BYTES``.
        RequestInvalid: the body is chunked, and the server does not or cannot join the chunks.
    """
    most = settings.UPLOAD_MAX_BYTES
    stream: IO[bytes] = request.META["wsgi.input"]
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isascii() and announced.isdecimal() and int(announced[:20]) > most:
        refuse_too_large(stream, int(announced[:20]), _megabytes(most))
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return
    if not request.META.get("wsgi.input_terminated"):
        raise RequestInvalid(detail="Send the body with a Content-Length.")
    joined = _make_file("", "")
    try:
        size = _copy(stream, joined, most)
    except RequestTooLarge:
        raise
    except Exception as error:
        # Each server raises its own errors for invalid chunks.
        raise RequestInvalid(detail="The chunks of the body cannot be read.") from error
    request.META["CONTENT_LENGTH"] = str(size)
    request._request._stream = joined.file  # type: ignore[assignment]


def take_upload(request: Request, name: str) -> tuple[UploadedFile, Mapping[str, Any]]:
    """Return the file of the request, and the other fields of its form.

    ``name`` is what a file that is the body is called.

    Raises:
        ImportFileMissing: there is no file or several, or the body has no name.
        MediaTypeUnsupported: the body is neither a form nor a file.
    """
    media_type = (request.content_type or "").partition(";")[0].strip().lower()
    if media_type == FORM:
        return _take_form(request)
    if media_type not in (CSV, XLSX, BINARY):
        raise MediaTypeUnsupported(media_type=media_type or "this")
    if not name:
        raise ImportFileMissing()
    file = _make_file(name, media_type)
    _copy(request._request, file, settings.UPLOAD_MAX_BYTES)
    if not file.size:
        raise ImportFileMissing()
    return file, {}


def digest_upload(file: UploadedFile) -> bytes:
    """Return what makes two uploads the same: their bytes and names."""
    digest = hashlib.sha256(f"{file.name}\0".encode("utf-8", "surrogateescape"))
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.digest()


def _take_form(request: Request) -> tuple[UploadedFile, Mapping[str, Any]]:
    """Take the form's only file, whatever its field is called."""
    all_files = [file for name in request.FILES for file in request.FILES.getlist(name)]
    files = request.FILES.getlist(FIELD) or all_files
    if len(files) != 1:
        raise ImportFileMissing()
    fields = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    return cast(UploadedFile, files[0]), fields


def _copy(stream: Any, file: TemporaryUploadedFile, most: int) -> int:
    size = 0
    while chunk := stream.read(CHUNK_BYTES):
        size += len(chunk)
        if size > most:
            raise RequestTooLarge(megabytes=_megabytes(most))
        file.write(chunk)
    file.seek(0)
    file.size = size
    return size


def _make_file(name: str, media_type: str) -> TemporaryUploadedFile:
    return TemporaryUploadedFile(name, media_type, 0, None)


def _megabytes(size: int) -> int:
    return size // 1024**2
