"""A background run, worked on in short turns by the worker that holds its lease."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization, OrgEntity


class RunQuerySet(models.QuerySet["Run"]):
    def open(self) -> Self:
        """Runs that have not finished."""
        return self.filter(finished_at__isnull=True)

    def with_lease(self, *, run_id: int, token: str) -> Self:
        """The run if ``token`` is its current lease token, else nothing.

        An update of this query set tells a worker whether it still holds the lease.
        """
        return self.open().filter(pk=run_id, lease_token=token)


class Run(models.Model):
    """State, progress and resume point of background work.

    A worker holds the run with a lease that it renews with every chunk. When the worker dies, the
    lease expires and another worker continues from ``resume_point``. The resume point is written
    in the same unit of work as the chunk, so no chunk is applied twice.

    ``lease_token`` is the ticket of the queued task while the run waits for its turn
    (``held_by`` is empty), and the token of the holder while a worker has it. A ticket is valid
    once, so a task that was queued twice does nothing the second time.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Queued")
        RUNNING = "RUNNING", _("Running")
        CANCELLING = "CANCELLING", _("Cancelling")
        CANCELLED = "CANCELLED", _("Cancelled")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=60, help_text=_("Dotted name of the work, as registered."))
    started_by = models.ForeignKey(OrgEntity, models.PROTECT, null=True, related_name="+")

    called_by = models.ForeignKey(
        OrgEntity,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text=_("Who logged in, where the work is attributed to another entity."),
    )

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    step = models.CharField(max_length=60, blank=True, help_text=_("What it is doing, in words."))
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
    held_by = models.CharField(max_length=80, blank=True, help_text=_("Host and process."))
    attempts = models.PositiveIntegerField(
        default=0, help_text=_("How often it stopped at the present resume point.")
    )
    advanced_at = models.DateTimeField(null=True)
    rate = models.FloatField(default=0, help_text=_("Rows a second, lately."))

    objects = RunQuerySet.as_manager()

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
