"""Transactions: purchases and returns, with their line items and means of payment."""

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.kernel.fields import ThousandthsField
from crm.tenancy.models import Organization, entity_link, org_link
from customers.models import Customer, SourceAccount
from loyalty.models.program import Program


class Transaction(models.Model):
    """A purchase or a return of goods; amounts are positive in both.

    The goods that a mixed bill brings back are a return of their own, which names the bill as
    ``part_of``.
    """

    class Type(models.TextChoices):
        REGULAR = "REGULAR", _("Regular")
        NOT_INTERESTED = "NOT_INTERESTED", _("Not interested")
        RETURN = "RETURN", _("Return")
        NOT_INTERESTED_RETURN = "NOT_INTERESTED_RETURN", _("Return, not interested")

    class ReturnType(models.TextChoices):
        FULL = "FULL", _("Everything")
        AMOUNT = "AMOUNT", _("An amount")
        LINE_ITEM = "LINE_ITEM", _("Line items")
        CANCELLED = "CANCELLED", _("The bill was cancelled")

    class OutlierStatus(models.TextChoices):
        NORMAL = "NORMAL", _("Normal")
        OUTLIER = "OUTLIER", _("Outlier")
        INTERNAL = "INTERNAL", _("Internal")
        INTERNAL_STORE = "INTERNAL_STORE", _("Internal store")
        FRAUD = "FRAUD", _("Fraud")
        TEST = "TEST", _("Test")
        DELETED = "DELETED", _("Deleted")
        FAILED = "FAILED", _("Failed")
        OTHER = "OTHER", _("Other")

    org = org_link()
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        related_name="transactions",
        db_index=False,
        help_text=_("Empty: nobody knows who bought."),
    )
    program = models.ForeignKey(
        Program,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        help_text=_("Where it counted; empty: nowhere."),
    )
    type = models.CharField(max_length=21, choices=Type)
    number = models.CharField(max_length=100)
    number_scope = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text=_("The till or store in which the number is unique; 0: the organization."),
    )
    number_serial = models.PositiveIntegerField(
        default=0, db_default=0, help_text=_("How often the number was used before in its scope.")
    )
    source_account = models.ForeignKey(
        SourceAccount,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    store = entity_link()
    till = entity_link()
    billed_at = models.DateTimeField(help_text=_("By the caller's word."))
    returned = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="returns",
        db_index=False,
        help_text=_("For a return: the bill whose goods came back, where it is known."),
    )
    return_type = models.CharField(
        max_length=9, choices=ReturnType, blank=True, default="", db_default=""
    )
    part_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="parts",
        db_constraint=False,
        db_index=False,
        help_text=_("For a return: the mixed bill that it was entered with."),
    )

    amount = ThousandthsField(help_text=_("What was paid: gross less discount."))
    gross_amount = ThousandthsField()
    discount = ThousandthsField(default=0)
    payments = models.JSONField(default=list, blank=True)
    notes = models.CharField(max_length=255, blank=True)
    delivery_status = models.CharField(max_length=30, blank=True, default="", db_default="")
    outlier_status = models.CharField(
        max_length=14,
        choices=OutlierStatus,
        default=OutlierStatus.NORMAL,
        db_default=OutlierStatus.NORMAL,
        help_text=_("A transaction that is not normal earns nothing."),
    )
    not_interested_reason = models.CharField(max_length=255, blank=True, default="", db_default="")
    currency_code = models.CharField(max_length=3, blank=True, default="", db_default="")
    credit_note = models.JSONField(
        null=True, blank=True, help_text=_("Number, amount, notes and validity.")
    )
    custom_fields = models.JSONField(default=dict, blank=True)
    extended_fields = models.JSONField(default=dict, blank=True)

    entered_by = entity_link()
    recorded_at = models.DateTimeField()

    class Meta:
        permissions = [
            ("import_transactions", "Can import transactions"),
            ("export_transactions", "Can export transactions"),
            ("enter_transactions", "Can enter transactions"),
            ("return_transactions", "Can enter returns of transactions"),
        ]
        constraints = [
            # A return may have the number of its purchase.
            models.UniqueConstraint(
                fields=["org", "number", "number_scope", "type", "number_serial"],
                name="transaction_number_once",
            ),
            models.CheckConstraint(
                condition=~Q(type="REGULAR") | Q(customer__isnull=False),
                name="regular_transaction_has_a_customer",
            ),
            models.CheckConstraint(
                condition=Q(type__in=("RETURN", "NOT_INTERESTED_RETURN"))
                | Q(returned__isnull=True, part_of__isnull=True, return_type=""),
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
            models.Index(fields=["org", "amount", "customer"], name="transaction_by_amount"),
            models.Index(
                fields=["returned"],
                condition=Q(returned__isnull=False),
                name="transaction_returns",
            ),
            models.Index(
                fields=["part_of"],
                condition=Q(part_of__isnull=False),
                name="transaction_parts",
            ),
            models.Index(
                fields=["org", "-id"],
                condition=~Q(outlier_status="NORMAL"),
                name="transaction_outliers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.number}"


class LineItem(models.Model):
    """A line item of a transaction; in a return, ``returned`` is the line that came back."""

    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="line_items")
    position = models.PositiveIntegerField()
    returned = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="returns", db_index=False
    )

    item_code = models.CharField(max_length=100)
    description = models.CharField(max_length=255, blank=True)
    quantity = ThousandthsField(default=1)
    rate = ThousandthsField(default=0)
    gross_amount = ThousandthsField(default=0)
    discount = ThousandthsField(default=0)
    amount = ThousandthsField(default=0)
    serial = models.CharField(max_length=100, blank=True, default="", db_default="")
    attributes = models.JSONField(default=dict, blank=True)
    custom_fields = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), blank=True
    )
    extended_fields = models.JSONField(default=dict, blank=True)
    details = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text=_("What else the till says: picture, days to return, parts of a combination."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transaction", "position"], name="line_item_position_once"
            ),
            models.CheckConstraint(
                condition=~Q(returned=F("id")), name="line_item_returns_another"
            ),
        ]
        indexes = [
            models.Index(
                fields=["returned"],
                condition=Q(returned__isnull=False),
                name="line_item_returns",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.item_code}"


class PaymentMode(models.Model):
    """A means of payment that tills may name."""

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("org", Lower("name"), name="payment_mode_once"),
        ]

    def __str__(self) -> str:
        return self.name
