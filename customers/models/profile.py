"""Profiles: the data of a customer in one source account."""

from django.db import models

from crm.tenancy.models import entity_link
from customers.models.customer import Customer
from customers.models.source_account import SourceAccount


class Profile(models.Model):
    """Names, custom fields and attribution of a customer in one source account.

    ``closed_at`` is set on a victim's profile if the survivor already had one in the source
    account. It stays with the victim and is shown among the survivor's conflicting profiles.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="profiles", db_index=False)
    source_account = models.ForeignKey(
        SourceAccount, models.PROTECT, related_name="profiles", db_index=False
    )

    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    fields = models.JSONField(default=dict, blank=True)

    created_by = entity_link()
    created_at = models.DateTimeField()
    modified_by = entity_link()
    modified_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "source_account"], name="profile_once_per_source_account"
            ),
        ]
        indexes = [
            models.Index(fields=["source_account", "-customer"], name="profile_newest_in_source"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or f"Profile {self.pk}"
