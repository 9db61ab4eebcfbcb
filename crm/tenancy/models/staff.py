"""People who log in to the dashboard."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models.org_entity import OrgEntity
from crm.tenancy.models.organization import Organization


class StaffUserManager(UserManager["StaffUser"]):
    """Creates superusers for the organization named, or for the only one there is."""

    def create_superuser(self, username: str, *args: Any, **fields: Any) -> "StaffUser":
        if "org" not in fields and "org_id" not in fields:
            fields["org"] = Organization.objects.get()
        return super().create_superuser(username, *args, **fields)


class StaffUser(AbstractUser):
    """A member of staff, in exactly one organization; superusers too.

    ``entity`` is the ADMIN_USER as which this person acts: makers, checkers and audit name it.
    """

    org = models.ForeignKey(Organization, models.PROTECT, related_name="staff")
    entity = models.OneToOneField(
        OrgEntity, models.PROTECT, null=True, blank=True, related_name="staff_user"
    )
    language = models.CharField(
        max_length=10,
        blank=True,
        help_text=_("Blank until the first page: the browser's language."),
    )

    objects: ClassVar[StaffUserManager] = StaffUserManager()

    class Meta:
        verbose_name = _("staff user")
