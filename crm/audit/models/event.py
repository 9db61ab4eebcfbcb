"""Audit events; append-only by a database trigger."""

from django.db import models

from crm.tenancy.models import Organization, OrgEntity


class Event(models.Model):
    """One audit event: who did what, from where, with the values before and after.

    Foreign keys have no database constraint: imports write millions of events, and their targets
    are never deleted.
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
