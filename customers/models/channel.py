"""Communication channels of customers."""

from django.db import models
from django.db.models import Q

from customers.models.profile import Profile


class Channel(models.Model):
    """An address of a profile; at most one of each type is primary."""

    # Written with its profile, which is never deleted: checking at commit would cost more than
    # writing the row (decision 0006).
    profile = models.ForeignKey(
        Profile, models.PROTECT, related_name="channels", db_constraint=False, db_index=False
    )

    type = models.CharField(max_length=12)
    value = models.CharField(max_length=255)
    is_primary = models.BooleanField(default=False)
    is_verified = models.BooleanField(default=False)
    meta = models.JSONField(default=dict, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "type", "value"], name="channel_once_per_profile"
            ),
            models.UniqueConstraint(
                fields=["profile", "type"],
                condition=Q(is_primary=True),
                name="channel_one_primary_per_type",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.value}"
