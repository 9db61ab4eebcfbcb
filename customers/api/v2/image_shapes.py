"""Answers of a customer's image, with its link."""

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
    acl = constant(serializers.CharField(help_text="PRIVATE: visible with a link only."), "PRIVATE")
    fileHandle = serializers.CharField(source="handle")
    lastModified = computed(
        serializers.CharField(help_text="In the organization's time zone."), _format_upload
    )
    latestVersion = serializers.IntegerField(source="latest_version")
    name = computed(serializers.CharField(), _format_name)
    namespace = constant(serializers.CharField(), NAMESPACE)
    s3Token = serializers.CharField(source="path", help_text="The name of the stored file.")
    version = serializers.IntegerField()


class ImageSetOut(Shape):
    code = constant(serializers.IntegerField(), 200)
    file = ImageFileOut(source="*")
    message = argument(serializers.CharField(), "message")
    status = constant(serializers.CharField(), "true")


class ImageOut(ImageSetOut):
    filePath = argument(
        serializers.CharField(help_text="A link that expires, by default after an hour."), "link"
    )
    secureFilePath = argument(serializers.CharField(help_text="The same link."), "link")
