"""Batches: many requests decided at once, with an outcome for each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.approvals.models.request import Request
from crm.runs.models import Run
from crm.tenancy.models import Organization, OrgEntity


class Batch(models.Model):
    """A checker's confirmed decision about a list of requests. A run processes large batches."""

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    once = models.CharField(max_length=36, help_text="Of the form: sent twice, it is one batch.")
    approve = models.BooleanField()
    reason = models.CharField(max_length=255, blank=True)
    decided_by = models.ForeignKey(OrgEntity, models.PROTECT, related_name="+", db_index=False)
    begun_at = models.DateTimeField()
    total = models.PositiveIntegerField()
    run = models.OneToOneField(Run, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "once"], name="batch_confirmed_once"),
        ]

    def __str__(self) -> str:
        return f"Batch {self.pk}"


class BatchItem(models.Model):
    """One request of a batch. A blank ``outcome`` means that it was not processed yet."""

    class Outcome(models.TextChoices):
        DONE = "DONE", _("Decided")
        FAILED = "FAILED", _("Broke a rule")
        REFUSED = "REFUSED", _("Not decided")

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="items", db_index=False)
    request = models.ForeignKey(Request, models.PROTECT, related_name="+", db_index=False)
    outcome = models.CharField(max_length=7, choices=Outcome, blank=True)
    refusal = models.CharField(max_length=100, blank=True, help_text="Why not, by its name.")
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "request"], name="request_once_in_a_batch"),
        ]
        indexes = [models.Index(fields=["batch", "outcome", "id"], name="batch_by_outcome")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.request_id}"
