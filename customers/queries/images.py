"""The picture of a customer, and the signed links to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import IO
from urllib.parse import urlencode

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.signing import BadSignature, TimestampSigner
from django.db.models import Max, OuterRef, Subquery

from customers import errors
from customers.models import CustomerImage

MAX_TOKEN_LENGTH = 200  # characters; real ones have about 90

_signer = TimestampSigner(salt="customers.image")


@dataclass(frozen=True, slots=True)
class ImageVersion:
    """One version of a customer's picture; ``latest_version`` is the number of the newest."""

    customer_id: int
    handle: str
    version: int
    latest_version: int
    path: str
    content_type: str
    width: int
    height: int
    uploaded_at: datetime


def find_image(*, org_id: int, customer_id: int) -> ImageVersion | None:
    """Return the current picture of the customer, or None; one query."""
    latest = (
        CustomerImage.objects.filter(customer=OuterRef("customer"))
        .order_by()
        .values("customer")
        .annotate(latest=Max("version"))
        .values("latest")
    )
    row = (
        CustomerImage.objects.filter(org_id=org_id, customer_id=customer_id, is_current=True)
        .annotate(latest_version=Subquery(latest))
        .values_list(
            "customer_id",
            "handle",
            "version",
            "latest_version",
            "path",
            "content_type",
            "width",
            "height",
            "uploaded_at",
        )
        .first()
    )
    return ImageVersion(*row) if row else None


def build_image_path(handle: str) -> str:
    """Return the path of this version with a token that expires.

    The token is in the query string, which is not logged.
    """
    return f"/files/image?{urlencode({'token': _signer.sign(handle)})}"


def open_image(token: str) -> tuple[IO[bytes], str]:
    """Return the open file of a token and its content type; one query.

    Raises:
        ImageLinkRefused: the token has expired or has no valid signature.
        ImageMissing: the picture or its file no longer exists.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise errors.ImageLinkRefused()
    try:
        handle = _signer.unsign(token, max_age=settings.IMAGE_LINK_LIFETIME)
    except BadSignature as error:
        raise errors.ImageLinkRefused() from error
    row = CustomerImage.objects.filter(handle=handle).values_list("path", "content_type").first()
    if row is None:
        raise errors.ImageMissing()
    try:
        return default_storage.open(row[0]), row[1]
    except FileNotFoundError as error:
        raise errors.ImageMissing() from error
