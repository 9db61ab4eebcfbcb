"""Memberships that were withdrawn with the import that had made them."""

from django.db import models

from crm.tenancy.models import entity_link, org_link


class WithdrawnMembership(models.Model):
    """A membership that nobody had used, and its movements of points, kept as they were.

    The ledger refuses to delete an entry unless its membership is written down here (decision
    0019). The keys are plain numbers: the rows that had them are gone.
    """

    enrollment_id = models.BigIntegerField(primary_key=True)
    org = org_link()
    customer_id = models.BigIntegerField()
    program_id = models.BigIntegerField()
    entries = models.JSONField(help_text="The movements of points, oldest first.")
    withdrawn_by = entity_link()
    withdrawn_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"membership {self.enrollment_id} of customer {self.customer_id}"
