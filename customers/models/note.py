"""Notes of store staff about customers."""

from django.db import models
from django.db.models import Q

from crm.tenancy.models import Organization, entity_link
from customers.models.customer import Customer


class Note(models.Model):
    """One note of an associate; ``noted_at`` is the date that the associate gave."""

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="notes", db_index=False)

    description = models.CharField(max_length=2000, blank=True)
    associate_id = models.CharField(max_length=50, help_text="Who made it, in the shop's words.")
    noted_at = models.DateTimeField()

    store = entity_link()
    added_by = entity_link()
    added_at = models.DateTimeField()
    modified_by = entity_link()
    modified_at = models.DateTimeField()
    reference = models.CharField(
        max_length=60, blank=True, help_text="The form it came from: sent twice, it counts once."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "reference"], condition=~Q(reference=""), name="note_written_once"
            ),
            models.CheckConstraint(condition=~Q(associate_id=""), name="note_has_an_associate"),
        ]
        indexes = [
            models.Index(fields=["org", "customer", "noted_at", "id"], name="note_of_customer"),
        ]

    def __str__(self) -> str:
        return f"Note {self.pk}"
