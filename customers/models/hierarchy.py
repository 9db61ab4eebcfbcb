"""Hierarchies: the roles of customers, in levels."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization


class Hierarchy(models.Model):
    """A hierarchy of roles, such as the admin of a fleet above its drivers."""

    org = models.ForeignKey(Organization, models.PROTECT, related_name="hierarchies")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=100, blank=True)
    skip_level_allowed = models.BooleanField(
        _("levels may be skipped"),
        default=False,
        help_text=_(
            "A parent may stand more than one level above a child, whatever a request says."
        ),
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = _("hierarchies")
        constraints = [
            models.UniqueConstraint("org", Lower("code"), name="hierarchy_code_once"),
            models.CheckConstraint(condition=~Q(code=""), name="hierarchy_has_a_code"),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class HierarchyRole(models.Model):
    """A role in a hierarchy; the highest level is 1. Several roles may share a level."""

    hierarchy = models.ForeignKey(Hierarchy, models.PROTECT, related_name="roles", db_index=False)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=100, blank=True)
    level = models.PositiveSmallIntegerField(help_text=_("1 is the highest."))

    class Meta:
        verbose_name = _("role")
        constraints = [
            models.UniqueConstraint("hierarchy", Lower("code"), name="role_code_once_in_hierarchy"),
            models.CheckConstraint(condition=~Q(code=""), name="role_has_a_code"),
            models.CheckConstraint(condition=Q(level__gte=1), name="role_level_from_one"),
        ]

    def __str__(self) -> str:
        return gettext("{name} (level {level})").format(
            name=self.name or self.code, level=self.level
        )
