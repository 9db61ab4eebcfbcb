"""The tenant: every row of the system belongs to one."""

from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError("%(name)s is not a time zone", params={"name": name})


class Organization(models.Model):
    """A retailer, with the settings that steer its rules (contract, sections 2 and 6)."""

    class IdentifierType(models.TextChoices):
        MOBILE = "mobile", _("Mobile")
        EMAIL = "email", _("Email")
        EXTERNAL_ID = "externalId", _("External Id")

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(
        max_length=60,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("Times without an offset, and day boundaries, are read in this zone."),
    )
    default_country = models.CharField(
        max_length=2,
        default="IN",
        help_text=_("Mobile numbers without a country code belong to this country (two letters)."),
    )
    strict_mobile = models.BooleanField(
        _("strict mobile numbers"),
        default=False,
        help_text=_("Accept assigned numbers only, instead of every number of a possible length."),
    )
    primary_identifier = models.CharField(
        max_length=20, choices=IdentifierType, default=IdentifierType.MOBILE
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("organization")

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
