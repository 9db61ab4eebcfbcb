"""Customers of an organization."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import Organization, entity_link


class Customer(models.Model):
    """A customer with any number of source accounts; never deleted.

    After a merge the victim stays as a row that points at its survivor (contract, rule 2.6).
    """

    class LoyaltyType(models.TextChoices):
        LOYALTY = "LOYALTY", _("Loyalty")
        NON_LOYALTY = "NON_LOYALTY", _("Non-loyalty")
        NOT_INTERESTED = "NOT_INTERESTED", _("Not interested")

    class FraudStatus(models.TextChoices):
        NOT_FRAUD = "NOT_FRAUD", _("Not fraud")
        MARKED = "MARKED", _("Marked")
        CONFIRMED = "CONFIRMED", _("Confirmed")
        RECONFIRMED = "RECONFIRMED", _("Reconfirmed")
        INTERNAL = "INTERNAL", _("Internal")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="customers", db_index=False)

    loyalty_type = models.CharField(max_length=14, choices=LoyaltyType)
    extended_fields = models.JSONField(default=dict, blank=True)
    end_points = models.JSONField(
        default=list, blank=True, help_text=_("Named for dummy customers made for tests only.")
    )

    # Entities are never deleted; the checks at every commit would cost more than they catch.
    registered_by = entity_link()
    registered_in = models.ForeignKey(
        "customers.SourceAccount",
        models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    registered_at = models.DateTimeField(
        help_text=_("When the person joined, by the source's word.")
    )
    associated_with = entity_link()
    modified_by = entity_link()
    modified_at = models.DateTimeField()

    status_label = models.ForeignKey(
        "customers.StatusLabel",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text=_("Empty: the label was never set."),
    )
    fraud_status = models.CharField(
        max_length=12, choices=FraudStatus, default=FraudStatus.NOT_FRAUD
    )
    fraud_marked_by = entity_link()
    fraud_marked_at = models.DateTimeField(null=True)
    fraud_reason = models.CharField(max_length=255, blank=True, default="", db_default="")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="victims", db_index=False
    )

    class Meta:
        # Permissions beyond viewing; roles consist of these (tenancy, migration 0002).
        permissions = [
            ("label_customer", "Can change the status label of a customer"),
            ("mark_fraud", "Can mark a customer as fraud"),
            ("import_customers", "Can import customers"),
            ("export_customers", "Can export customers"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="customer_survives_another",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "-id"], name="customer_newest"),
            models.Index(fields=["org", "registered_at", "id"], name="customer_by_registration"),
            models.Index(fields=["org", "registered_by", "id"], name="customer_by_registrar"),
            # For the rare types only; the common one is found by scanning customer_newest.
            models.Index(
                fields=["org", "loyalty_type", "id"],
                condition=~Q(loyalty_type="LOYALTY"),
                name="customer_by_rare_type",
            ),
            models.Index(
                fields=["org", "status_label", "id"],
                condition=Q(status_label__isnull=False),
                name="customer_by_status_label",
            ),
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="customer_by_survivor",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Customer {customer_id}").format(customer_id=self.pk)
