"""Status labels of customers, and the log of their changes."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization, OrgEntity
from customers.models.customer import Customer


class StatusLabel(models.Model):
    """A label of the organization for a status."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("Active")
        SUSPENDED = "SUSPENDED", _("Suspended")
        DELETED = "DELETED", _("Deleted")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="status_labels")
    label = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=Status)
    is_default = models.BooleanField(default=False, help_text=_("Shown where none was ever set."))
    is_active = models.BooleanField(default=True)

    # Empty: as the status says (rules.status_effects).
    blocks_earning = models.BooleanField(null=True, blank=True)
    blocks_redeeming = models.BooleanField(null=True, blank=True)
    blocks_transfers = models.BooleanField(null=True, blank=True)
    blocks_cards = models.BooleanField(_("blocks issuing cards"), null=True, blank=True)
    blocks_coupons = models.BooleanField(_("blocks issuing coupons"), null=True, blank=True)
    blocks_goodwill = models.BooleanField(null=True, blank=True)
    blocks_updates = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("org", Lower("label"), name="status_label_once"),
            models.UniqueConstraint(
                fields=["org"], condition=Q(is_default=True), name="status_label_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class StatusChange(models.Model):
    """One line of a customer's status log."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="status_changes")
    label = models.ForeignKey(StatusLabel, models.PROTECT, related_name="+")
    previous_label = models.ForeignKey(StatusLabel, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=255)
    created_by = models.ForeignKey(OrgEntity, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(help_text=_("When it happened, by the caller's word."))
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.label_id}"
