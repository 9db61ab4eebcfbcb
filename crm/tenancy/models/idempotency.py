"""What was answered to a write that brought an Idempotency-Key (contract, section 3)."""

from django.db import models
from django.db.models import Q

from crm.tenancy.models.credential import Credential


class IdempotencyRecord(models.Model):
    """One key of one credential: reserved with a lease, then holding the first answer."""

    class State(models.TextChoices):
        RUNNING = "RUNNING"
        DONE = "DONE"

    credential = models.ForeignKey(Credential, models.CASCADE)  # keys are worthless without it
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(
        max_length=64, help_text="Digest of method, path with query, and body."
    )

    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    content_type = models.CharField(max_length=80, blank=True)
    body = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "key"], name="idempotency_key_once_per_credential"
            ),
            models.CheckConstraint(
                condition=Q(state="RUNNING") | Q(status__isnull=False, body__isnull=False),
                name="idempotency_done_means_answered",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return f"{self.credential_id}/{self.key}"


class IdempotencyReceipt(models.Model):
    """Written inside the unit of work of one item: proof that it is done, and its answer."""

    record = models.ForeignKey(IdempotencyRecord, models.CASCADE, related_name="receipts")
    item = models.PositiveSmallIntegerField()
    answer = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "item"], name="idempotency_item_once"),
        ]

    def __str__(self) -> str:
        return f"{self.record_id}#{self.item}"
