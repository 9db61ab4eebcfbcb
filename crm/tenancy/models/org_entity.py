"""The nodes of an organization: everything written is attributed to one of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models.organization import Organization


class OrgEntity(models.Model):
    """A zone, concept, store, till or member of staff (contract, section 1)."""

    class Type(models.TextChoices):
        ZONE = "ZONE", _("Zone")
        CONCEPT = "CONCEPT", _("Concept")
        STORE = "STORE", _("Store")
        TILL = "TILL", _("Till")
        ADMIN_USER = "ADMIN_USER", _("Admin User")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="entities")
    type = models.CharField(max_length=12, choices=Type)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    owner = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="owned",
        help_text=_("The member of staff who answers for this till: for four eyes they are one."),
    )

    code = models.CharField(max_length=100)
    name = models.CharField(max_length=150)
    description = models.CharField(max_length=255, blank=True)
    external_id = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("organization entity")
        verbose_name_plural = _("organization entities")
        constraints = [
            models.UniqueConstraint(
                fields=["org", "type", "code"], name="entity_code_once_per_type"
            ),
            # Basic log-in names only the till, so its code must be enough to find it.
            models.UniqueConstraint(
                fields=["code"], condition=Q(type="TILL"), name="till_code_once_everywhere"
            ),
            models.CheckConstraint(
                condition=~Q(type="TILL") | Q(parent__isnull=False), name="till_stands_in_a_store"
            ),
            models.CheckConstraint(condition=~Q(code=""), name="entity_has_a_code"),
        ]

    def __str__(self) -> str:
        return self.name or self.code

    @property
    def ancestors(self) -> list["OrgEntity"]:
        """What this belongs to, nearest first; a query for each parent that is not loaded."""
        above, entity = [], self.parent
        while entity is not None:
            above.append(entity)
            entity = entity.parent
        return above
