"""Transactions: purchases and returns, with their line items."""

from django.db import models
from django.db.models import F, Q

from crm.kernel.fields import ThousandthsField
from crm.tenancy.models import Organization, OrgEntity
from customers.models import Customer
from loyalty.models.program import Program


class Transaction(models.Model):
    """A purchase or a return of goods; amounts are positive in both."""

    class Type(models.TextChoices):
        REGULAR = "REGULAR", "Regular"
        NOT_INTERESTED = "NOT_INTERESTED", "Not interested"
        RETURN = "RETURN", "Return"

    org = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        related_name="transactions",
        db_index=False,
        help_text="Empty: nobody knows who bought.",
    )
    program = models.ForeignKey(
        Program,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        help_text="Where it counted; empty: nowhere.",
    )
    type = models.CharField(max_length=14, choices=Type)
    number = models.CharField(max_length=100)
    store = models.ForeignKey(
        OrgEntity, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    till = models.ForeignKey(
        OrgEntity, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    billed_at = models.DateTimeField(help_text="By the caller's word.")
    returned = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="returns",
        db_index=False,
        help_text="For a return: the bill whose goods came back, where it is known.",
    )

    amount = ThousandthsField(help_text="What was paid: gross less discount.")
    gross_amount = ThousandthsField()
    discount = ThousandthsField(default=0)
    payments = models.JSONField(default=list, blank=True)
    notes = models.CharField(max_length=255, blank=True)
    custom_fields = models.JSONField(default=dict, blank=True)
    extended_fields = models.JSONField(default=dict, blank=True)

    entered_by = models.ForeignKey(
        OrgEntity, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    recorded_at = models.DateTimeField()

    class Meta:
        permissions = [
            ("import_transactions", "Can import transactions"),
            ("export_transactions", "Can export transactions"),
        ]
        constraints = [
            # Numbers are unique in a store; a return may have the number of its purchase.
            models.UniqueConstraint(
                fields=["org", "number", "store", "type"],
                condition=Q(store__isnull=False),
                name="transaction_number_once_in_store",
            ),
            models.UniqueConstraint(
                fields=["org", "number", "type"],
                condition=Q(store__isnull=True),
                name="transaction_number_once_outside",
            ),
            models.CheckConstraint(
                condition=~Q(type="REGULAR") | Q(customer__isnull=False),
                name="regular_transaction_has_a_customer",
            ),
            models.CheckConstraint(
                condition=Q(type="RETURN") | Q(returned__isnull=True),
                name="only_a_return_returns",
            ),
            models.CheckConstraint(
                condition=~Q(returned=F("id")), name="transaction_returns_another"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(gross_amount__gte=0) & Q(discount__gte=0),
                name="transaction_amounts_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-billed_at", "-id"], name="transaction_of_customer"),
            models.Index(fields=["org", "-id"], name="transaction_newest"),
            # The partial indexes above do not cover all rows, so a search cannot use them.
            models.Index(fields=["org", "number"], name="transaction_by_number"),
            models.Index(fields=["org", "amount", "customer"], name="transaction_by_amount"),
            models.Index(
                fields=["returned"],
                condition=Q(returned__isnull=False),
                name="transaction_returns",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.number}"


class LineItem(models.Model):
    """A line item of a transaction."""

    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="line_items")
    position = models.PositiveIntegerField()

    item_code = models.CharField(max_length=100)
    description = models.CharField(max_length=255, blank=True)
    quantity = ThousandthsField(default=1)
    rate = ThousandthsField(default=0)
    gross_amount = ThousandthsField(default=0)
    discount = ThousandthsField(default=0)
    amount = ThousandthsField(default=0)
    attributes = models.JSONField(default=dict, blank=True)
    extended_fields = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transaction", "position"], name="line_item_position_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.item_code}"
