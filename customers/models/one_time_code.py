"""One-time codes that are sent to customers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization, entity_link


class OneTimeCode(models.Model):
    """The last code that was sent to somebody for one purpose; the code itself is not kept."""

    class EntityType(models.TextChoices):
        MOBILE = "MOBILE", _("Mobile")
        EMAIL = "EMAIL", _("Email")
        CUSTOMER = "CUSTOMER", _("Customer")

    class Action(models.TextChoices):
        REGISTRATION = "REGISTRATION", _("Registration")
        POINTS = "POINTS", _("Redeeming points")
        COUPON = "COUPON", _("Redeeming a coupon")
        SUBSCRIPTION = "SUBSCRIPTION", _("Subscription")
        GENERIC = "GENERIC", _("Anything else")
        USERGROUP = "USERGROUP", _("Group of customers")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    entity_type = models.CharField(max_length=8, choices=EntityType)
    entity_value = models.CharField(max_length=255)
    action = models.CharField(max_length=12, choices=Action)

    code_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    failed_attempts = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    sent_by = entity_link()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "entity_type", "entity_value", "action"],
                name="one_time_code_once_per_purpose",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} for {self.entity_type}"
