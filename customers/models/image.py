"""Pictures of customers: all versions are kept, one of them is current."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization, entity_link
from customers.models.customer import Customer


class CustomerImage(models.Model):
    """One version of a customer's picture; the file is in the storage under ``path``."""

    class ContentType(models.TextChoices):
        JPEG = "image/jpeg", _("JPEG")
        PNG = "image/png", _("PNG")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="images", db_index=False
    )  # the constraint on versions is its index

    handle = models.CharField(max_length=36, unique=True)
    version = models.PositiveIntegerField()
    path = models.CharField(max_length=200)
    content_type = models.CharField(max_length=20, choices=ContentType)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField(help_text="In bytes, as it is kept.")
    uploaded_by = entity_link()
    uploaded_at = models.DateTimeField()
    is_current = models.BooleanField()

    class Meta:
        constraints = [
            # Two concurrent uploads must not get the same version, nor both be current.
            models.UniqueConstraint(
                fields=["customer", "version"], name="customer_image_version_once"
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(is_current=True),
                name="customer_image_one_current",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.version} of the picture of customer {self.customer_id}"
