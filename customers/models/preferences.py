"""Preferences of customers, and their preferred stores."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization, entity_link
from customers.models.customer import Customer


class Preferences(models.Model):
    """The preferences of one customer; no row means that none is set."""

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    customer = models.OneToOneField(Customer, models.PROTECT, related_name="preferences")

    fields = models.JSONField(default=dict, blank=True)
    preferred_store = entity_link()
    modified_by = entity_link()
    modified_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return f"Preferences of customer {self.customer_id}"
