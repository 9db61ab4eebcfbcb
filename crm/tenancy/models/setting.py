"""What an organization set differently from the defaults."""

from django.db import models
from django.db.models import Q

from crm.tenancy.models.organization import Organization


class Setting(models.Model):
    """One setting by its name; what names there are is said in ``rules.settings``."""

    org = models.ForeignKey(Organization, models.PROTECT, related_name="settings")
    name = models.CharField(max_length=60)
    value = models.IntegerField(help_text="A switch is 1 or 0.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "name"], name="setting_once_per_organization"),
            models.CheckConstraint(condition=~Q(name=""), name="setting_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"
