"""One piece of long work, done in slices by whichever worker holds its lease."""

from django.db import models
from django.db.models import Q

from crm.tenancy.models import Organization, OrgEntity


class Run(models.Model):
    """State, progress and resume point of long work.

    A worker holds the run by a lease that it renews with every slice. When it dies, the lease
    runs out and another worker goes on from ``resume_point``, which is written in the same unit
    of work as what it counts: nothing is done twice.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED"
        RUNNING = "RUNNING"
        CANCELLING = "CANCELLING"
        CANCELLED = "CANCELLED"
        DONE = "DONE"
        FAILED = "FAILED"

    OPEN_STATES = [State.QUEUED, State.RUNNING, State.CANCELLING]

    org = models.ForeignKey(Organization, models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=60, help_text="Dotted name of the work, as registered.")
    started_by = models.ForeignKey(OrgEntity, models.PROTECT, null=True, related_name="+")

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    step = models.CharField(max_length=60, blank=True, help_text="What it is doing, in words.")
    total = models.PositiveBigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    resume_point = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    failure = models.TextField(blank=True)

    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["QUEUED", "RUNNING", "CANCELLING"], finished_at__isnull=True)
                | Q(state__in=["CANCELLED", "DONE", "FAILED"], finished_at__isnull=False),
                name="run_finished_means_dated",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_until"],
                condition=Q(finished_at__isnull=True),
                name="run_open_by_lease",
            ),
            models.Index(fields=["org", "-id"], name="run_by_org"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
