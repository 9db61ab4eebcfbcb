"""Cards: which customer holds which number (contract, rule 2.5)."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.kernel.fields import FoldedTextField
from crm.tenancy.models import Organization, entity_link, org_link
from customers.models import Customer
from loyalty.models.card_series import CardGeneration, CardSeries
from loyalty.rules.cards import COUNTED_STATUSES, EXPIRABLE_STATUSES


class CardLabel(models.Model):
    """The organization's own name for a status of cards."""

    class Status(models.TextChoices):
        NOT_ISSUED = "NOT_ISSUED", _("Not issued")
        ISSUED = "ISSUED", _("Issued")
        ACTIVE = "ACTIVE", _("Active")
        SUSPENDED = "SUSPENDED", _("Suspended")
        EXPIRED = "EXPIRED", _("Expired")
        DELETED = "DELETED", _("Deleted")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="card_labels")
    label = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=Status)
    is_default = models.BooleanField(
        default=False, help_text=_("Given where a status comes about and no label was named.")
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("org", Lower("label"), name="card_label_once"),
            models.UniqueConstraint(
                fields=["org", "status"],
                condition=Q(is_default=True),
                name="card_label_one_default_per_status",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class CardQuerySet(models.QuerySet["Card"]):
    def counted(self) -> Self:
        """Cards that count for a customer's limit."""
        return self.filter(status__in=COUNTED_STATUSES)

    def due(self, now: datetime) -> Self:
        """Cards that have expired but do not have the status EXPIRED yet."""
        return self.filter(status__in=EXPIRABLE_STATUSES, expires_at__lt=now)


class Card(models.Model):
    """A card number of a series, and the customer who holds it, if any.

    The card's identifier rows repeat this and are written in the same unit of work.
    """

    org = org_link()
    series = models.ForeignKey(CardSeries, models.PROTECT, related_name="cards", db_index=False)
    generation = models.ForeignKey(
        CardGeneration,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        help_text=_("Empty: the number came from outside."),
    )
    number = FoldedTextField(max_length=255)
    external_id = FoldedTextField(max_length=255, null=True)

    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="cards", db_index=False
    )
    label = models.ForeignKey(
        CardLabel, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    # The label's status, repeated so that constraints and indexes can use it.
    status = models.CharField(max_length=10, choices=CardLabel.Status)
    issued_by = entity_link()
    issued_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text=_("Empty: it does not expire."))

    custom_fields = models.JSONField(default=dict, blank=True)
    extended_fields = models.JSONField(default=dict, blank=True)
    mapped_entity = models.JSONField(null=True, blank=True, help_text=_("Kept as callers gave it."))

    created_by = entity_link()
    created_at = models.DateTimeField()

    objects = CardQuerySet.as_manager()

    class Meta:
        permissions = [
            ("import_cards", "Can import cards"),
            ("issue_cards", "Can issue cards"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["org", "number"], name="card_number_once"),
            models.UniqueConstraint(
                fields=["org", "external_id"],
                condition=Q(external_id__isnull=False),
                name="card_external_id_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["NOT_ISSUED", "DELETED"],
                    customer__isnull=True,
                    issued_at__isnull=True,
                    expires_at__isnull=True,
                )
                | (~Q(status="NOT_ISSUED") & Q(customer__isnull=False, issued_at__isnull=False)),
                name="card_issued_means_held",
            ),
        ]
        indexes = [
            models.Index(fields=["series", "-id"], name="card_newest_in_series"),
            models.Index(fields=["org", "-id"], name="card_newest"),
            models.Index(
                fields=["customer", "id"],
                condition=Q(customer__isnull=False),
                name="card_by_customer",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(expires_at__isnull=False, status__in=["ISSUED", "ACTIVE", "SUSPENDED"]),
                name="card_by_expiry",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CardStatusChange(models.Model):
    """An entry of a card's status log, from its creation on; the newest is the current status."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="status_changes", db_index=False)
    label = models.ForeignKey(
        CardLabel, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    previous_label = models.ForeignKey(
        CardLabel, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    reason = models.CharField(max_length=255, blank=True)
    created_by = entity_link()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["card", "-id"], name="card_status_newest")]

    def __str__(self) -> str:
        return f"{self.card_id}: {self.label_id}"
