"""One thing that was done; append-only by a database trigger."""

from django.db import models

from crm.tenancy.models import Organization, OrgEntity


class Event(models.Model):
    """Who, from where, what, before and after.

    The links carry no foreign key checks: events are written by the million in imports, nothing
    they point at is ever deleted, and an event must outlive everything anyway.
    """

    class Door(models.TextChoices):
        API = "API"
        CONSOLE = "CONSOLE"
        IMPORT = "IMPORT"
        WORKER = "WORKER"
        COMMAND = "COMMAND"

    org = models.ForeignKey(Organization, models.PROTECT, db_constraint=False, db_index=False)
    actor = models.ForeignKey(
        OrgEntity, models.PROTECT, null=True, db_constraint=False, db_index=False
    )
    door = models.CharField(max_length=8, choices=Door)
    request_id = models.CharField(max_length=64, blank=True)

    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    happened_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["org", "subject_type", "subject_id", "id"], name="event_by_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type} {self.subject_id}"
