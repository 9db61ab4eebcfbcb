"""Receipts of dashboard forms: a form that is sent twice takes effect once."""

from django.db import models

from crm.tenancy.models.staff import StaffUser


class FormReceipt(models.Model):
    """A form that took effect, written in the unit of work that did it."""

    staff = models.ForeignKey(StaffUser, models.CASCADE)  # a receipt is worthless without them
    key = models.UUIDField()
    created_at = models.DateTimeField()
    message = models.TextField(blank=True)
    url = models.CharField(max_length=255, blank=True, help_text="The page that shows the result.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "key"], name="form_takes_effect_once"),
        ]
        indexes = [models.Index(fields=["created_at"], name="form_receipt_by_age")]

    def __str__(self) -> str:
        return f"{self.staff_id}/{self.key}"
