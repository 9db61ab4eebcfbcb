"""The image of a customer (v2, "Set Customer Image")."""

from collections.abc import Mapping
from typing import Any

from django.utils.datastructures import MultiValueDict
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.image_shapes import ImageSetOut
from customers.api.v2.lookup import (
    LOOKUP_EXAMPLE,
    LOOKUP_REFUSALS,
    LOOKUP_SOURCE_REFUSALS,
    LookupQuery,
    read_looked_up_customer,
)
from customers.api.v2.shared_schema import WarningOut
from customers.operations.images import set_image
from customers.queries.customers.active import check_active_customer
from customers.queries.images import find_image
from customers.rules.images import MAX_BYTES, CleanImage, clean_image

FORM = MultiPartParser.media_type
FIELD = "file"


class ImageIn(serializers.Serializer):
    file = serializers.FileField(help_text="A JPEG, PNG, GIF or WebP of at most 5 MiB.")


class ImagesSetOut(serializers.Serializer):
    data = ImageSetOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)
    errors = serializers.ListField(  # type: ignore[assignment]
        child=serializers.DictField(), help_text="Always empty."
    )


class SetImage(V2View):
    """POST /v2/customers/{id}/setImage"""

    operation = "customers.setImage"
    batch = True  # the image is decoded before the unit of work begins
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    parser_classes = [MultiPartParser]
    examples = {"POST": {"customer_id": 343014824}}
    wording = {"POST": {"request.media_type_unsupported": "request.media_type_unsupported.form"}}
    refusals = {
        "POST": [
            errors.CustomerUnknown,
            errors.CustomerMerged,
            errors.ImageMissing,
            errors.ImageUnreadable,
            errors.ImageTooLarge,
        ]
    }

    @extend_schema(
        summary="Set a customer's image",
        tags=["v2 customers"],
        request={FORM: ImageIn},
        responses=ImagesSetOut,
        examples=load_examples(__file__, "set_image"),
    )
    def post(self, request: Request, customer_id: int) -> Response:
        """Set the image of a customer. Earlier versions are kept.

        The form field `file` is re-encoded as JPEG, or as PNG if it has transparency: metadata
        (location, camera, comments) is removed, the longer side is at most 1600 pixels, and only
        the first frame of an animation is kept. The image is private: `embed=CUSTOMERIMAGE` of
        the details returns a link that expires.
        """
        # Check first, so that no image is decoded for an unknown customer.
        check_active_customer(org_id=self.org.pk, customer_id=customer_id)
        return self._take_upload(request, customer_id)

    def _take_upload(self, request: Request, customer_id: int) -> Response:
        image = clean_image(_read_upload(request.FILES))
        return Response(self.receipts.run_once(0, lambda: self._set_image(customer_id, image)))

    def _set_image(self, customer_id: int, image: CleanImage) -> Mapping[str, Any]:
        set_image(origin=self.origin, customer_id=customer_id, image=image)
        current = find_image(org_id=self.org.pk, customer_id=customer_id)
        if current is None:
            raise AssertionError("the image was set in this unit")
        return {
            "data": [
                ImageSetOut.build(current, org=self.org, message="Successfully uploaded file")
            ],
            "warnings": [],
            "errors": [],
        }


class LookedUpSetImage(SetImage):
    """POST /v2/customers/lookup/setImage"""

    operation = "customers.lookupSetImage"
    examples = {"POST": LOOKUP_EXAMPLE}
    refusals = {
        "POST": [
            *LOOKUP_REFUSALS,
            *LOOKUP_SOURCE_REFUSALS,
            errors.CustomerUnknown,
            errors.ImageMissing,
            errors.ImageUnreadable,
            errors.ImageTooLarge,
        ]
    }

    @extend_schema(
        summary="Set a customer's image by an identifier",
        tags=["v2 lookup"],
        parameters=[LookupQuery],
        request={FORM: ImageIn},
        responses=ImagesSetOut,
        examples=load_examples(__file__, "set_image"),
    )
    def post(self, request: Request) -> Response:  # type: ignore[override]
        """Set the image of the customer with the identifier, as by id.

        If a source is sent, the customer needs a profile in it.
        """
        return self._take_upload(request, read_looked_up_customer(self))


def _read_upload(files: MultiValueDict[str, Any]) -> bytes:
    """Return the bytes of the form's only file, whatever its field is called."""
    all_files = [file for name in files for file in files.getlist(name)]
    uploads = files.getlist(FIELD) or all_files
    if len(uploads) != 1:
        raise errors.ImageMissing()
    # One byte more than allowed is enough to detect a file that is too large.
    return bytes(uploads[0].read(MAX_BYTES + 1))
