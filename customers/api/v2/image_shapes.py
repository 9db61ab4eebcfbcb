"""How a customer's picture reads on the wire, and the link by which it is seen."""

from rest_framework import serializers

from crm.dialects.answer_shapes import Shape, argument, computed, constant
from crm.tenancy.models import Organization
from customers.operations.images import NAMESPACE
from customers.queries.images import ImageVersion


def _format_upload(image: ImageVersion, org: Organization) -> str:
    return f"{image.uploaded_at.astimezone(org.zone):%Y-%m-%d %H:%M:%S}"


def _format_name(image: ImageVersion, org: Organization) -> str:
    return f"{org.pk}/{image.customer_id}/0"


class ImageFileOut(Shape):
    acl = constant(
        serializers.CharField(help_text="PRIVATE: only who has a link sees it."), "PRIVATE"
    )
    fileHandle = serializers.CharField(source="handle")
    lastModified = computed(
        serializers.CharField(help_text="In the organization's time."), _format_upload
    )
    latestVersion = serializers.IntegerField(source="latest_version")
    name = computed(serializers.CharField(), _format_name)
    namespace = constant(serializers.CharField(), NAMESPACE)
    s3Token = serializers.CharField(source="path", help_text="The file's name in the storage.")
    version = serializers.IntegerField()


class ImageSetOut(Shape):
    code = constant(serializers.IntegerField(), 200)
    file = ImageFileOut(source="*")
    message = argument(serializers.CharField(), "message")
    status = constant(serializers.CharField(), "true")


class ImageOut(ImageSetOut):
    filePath = argument(
        serializers.CharField(help_text="A link that holds for an hour, unless set so."), "link"
    )
    secureFilePath = argument(serializers.CharField(help_text="The same link."), "link")
