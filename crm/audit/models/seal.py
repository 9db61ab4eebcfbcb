"""Seals over batches of events, each hashing the one before."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.audit.models.event import Event


class Seal(models.Model):
    """A digest over a batch of committed events and over the seal before it."""

    # Unique, so that two workers cannot follow the same seal. The second one starts again.
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="next", unique=True
    )
    event_count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            # NULLs are distinct in a unique column, but only one seal may be the first.
            models.UniqueConstraint(
                fields=["event_count"],
                condition=Q(previous__isnull=True, event_count=0),
                name="seal_chain_starts_once",
            ),
            models.CheckConstraint(
                condition=Q(previous__isnull=False) | Q(event_count=0),
                name="seal_chain_starts_empty",
            ),
        ]

    def __str__(self) -> str:
        return gettext("seal {id}").format(id=self.pk)


class SealedEvent(models.Model):
    """The seal that covers an event.

    Ids are assigned before their transaction commits, so a range of ids would not tell which
    events a seal covers. Therefore each event is listed, outside of the write path.
    """

    event = models.OneToOneField(
        Event, models.PROTECT, primary_key=True, db_constraint=False, related_name="sealed"
    )
    seal = models.ForeignKey(Seal, models.PROTECT, related_name="sealed_events")

    class Meta:
        verbose_name = _("sealed event")

    def __str__(self) -> str:
        return f"{self.event_id} in seal {self.seal_id}"
