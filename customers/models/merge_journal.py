"""The journal of a merge, row by row, by which it can be undone."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization, OrgEntity, entity_link
from customers.models.customer import Customer


class MergeJournal(models.Model):
    """One merge of a victim into a survivor."""

    class Cause(models.TextChoices):
        IDENTIFIER_CHANGE = "IDENTIFIER_CHANGE", _("Identifier change")
        REQUEST = "REQUEST", _("Approved request")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    survivor = models.ForeignKey(Customer, models.PROTECT, related_name="merges_survived")
    victim = models.ForeignKey(Customer, models.PROTECT, related_name="merges_suffered")
    cause = models.CharField(max_length=20, choices=Cause)
    merged_by = models.ForeignKey(OrgEntity, models.PROTECT, null=True, related_name="+")
    merged_at = models.DateTimeField()
    undone_by = entity_link()
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=255, blank=True)

    class Meta:
        permissions = [("undo_merge", "Can undo a merge")]
        constraints = [
            models.UniqueConstraint(
                fields=["victim"], condition=Q(undone_at__isnull=True), name="victim_merged_once"
            ),
            models.CheckConstraint(
                condition=~Q(survivor=F("victim")), name="merge_needs_two_customers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.victim_id} into {self.survivor_id}"


class MergeJournalRow(models.Model):
    """One row that a merge changed, with its changed columns before and after."""

    journal = models.ForeignKey(MergeJournal, models.PROTECT, related_name="rows")
    model = models.CharField(max_length=60)
    row = models.BigIntegerField()
    before = models.JSONField(null=True, help_text="Empty: the merge made this row.")
    after = models.JSONField(null=True, help_text="Empty: the merge took this row away.")
    kept = models.JSONField(
        null=True,
        help_text="What else the row held then, and what hung on it; empty: nobody noted it.",
    )

    def __str__(self) -> str:
        return f"{self.model} {self.row}"
