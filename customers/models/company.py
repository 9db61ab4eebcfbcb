"""Companies that customers belong to, such as the owner of a fleet."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization


class Company(models.Model):
    """A company, identified by its id in the organization's other systems."""

    org = models.ForeignKey(Organization, models.PROTECT, related_name="companies", db_index=False)
    external_id = models.CharField(_("external ID"), max_length=100)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(
        default=True, help_text=_("Whether customers may still join it.")
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = _("companies")
        constraints = [
            models.UniqueConstraint(fields=["org", "external_id"], name="company_once"),
            models.CheckConstraint(condition=~Q(external_id=""), name="company_has_an_id"),
        ]

    def __str__(self) -> str:
        return self.name or self.external_id
