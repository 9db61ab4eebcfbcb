"""How a customer's picture reads on the wire, and the link by which it is seen."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from crm.tenancy.models import Organization
from customers.api.v2.details import IMAGE, read_embeds
from customers.operations.images import NAMESPACE
from customers.queries.images import ImageVersion, find_image, image_path

Answer = dict[str, Any]


def embedded_image(
    request: Request, org: Organization, customer_id: int, query: Mapping[str, Any]
) -> Answer:
    """Return the ``customerImage`` of a customer's details where the query asks for it."""
    if IMAGE not in read_embeds(query):
        return {}
    image = find_image(org_id=org.pk, customer_id=customer_id)
    return {"customerImage": [_embedded_image_answer(request, org, image)] if image else []}


def image_answer(image: ImageVersion, org: Organization, message: str) -> Answer:
    """Return what setting a picture and embedding it tell alike."""
    return {
        "code": 200,
        "file": {
            "acl": "PRIVATE",
            "fileHandle": image.handle,
            "lastModified": f"{image.uploaded_at.astimezone(org.zone):%Y-%m-%d %H:%M:%S}",
            "latestVersion": image.latest_version,
            "name": f"{org.pk}/{image.customer_id}/0",
            "namespace": NAMESPACE,
            "s3Token": image.path,
            "version": image.version,
        },
        "message": message,
        "status": "true",
    }


def _embedded_image_answer(request: Request, org: Organization, image: ImageVersion) -> Answer:
    link = request.build_absolute_uri(image_path(image.handle))
    return {
        **image_answer(image, org, "Success"),
        "filePath": link,
        "secureFilePath": link,
    }
