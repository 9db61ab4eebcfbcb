"""The points ledger: immutable entries, and the lots from which points are spent."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.kernel.fields import ThousandthsField
from crm.tenancy.models import entity_link, org_link
from customers.models import Customer
from loyalty.models.enrollment import Enrollment
from loyalty.models.program import Program
from loyalty.models.transaction import Transaction


class PointsEntry(models.Model):
    """A change of an enrollment's balances; the database refuses to change or delete it.

    Only a merge may change its enrollment. ``points``, ``delayed`` and ``purchases`` are signed:
    they are added to the balances.
    """

    class Kind(models.TextChoices):
        AWARD = "AWARD", _("Awarded")
        MATURE = "MATURE", _("Became spendable")
        REDEEM = "REDEEM", _("Redeemed")
        REVERSE = "REVERSE", _("Redemption reversed")
        RETURN = "RETURN", _("Taken back")
        EXPIRE = "EXPIRE", _("Expired")
        ADJUST = "ADJUST", _("Adjusted")
        TRANSFER_OUT = "TRANSFER_OUT", _("Transferred away")
        TRANSFER_IN = "TRANSFER_IN", _("Received")
        PROMOTIONAL = "PROMOTIONAL", _("Promotional")
        GOODWILL = "GOODWILL", _("Goodwill")
        BONUS = "BONUS", _("Bonus")
        OPENING = "OPENING", _("Opening balance")

    # The customer's organization, repeated so that the constraint below can use it.
    org = org_link()
    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, related_name="entries", db_index=False
    )
    kind = models.CharField(max_length=12, choices=Kind)

    points = ThousandthsField(default=0)
    delayed = ThousandthsField(default=0)
    purchases = ThousandthsField(default=0)
    shortfall = ThousandthsField(
        default=0, help_text=_("What a return should have taken back but nobody had any more.")
    )

    transaction = models.ForeignKey(
        Transaction, models.PROTECT, null=True, related_name="entries", db_index=False
    )
    transaction_number = models.CharField(max_length=100, blank=True)
    reference = models.CharField(
        max_length=100,
        blank=True,
        help_text=_("The caller's own key; nothing is done twice for it."),
    )
    notes = models.CharField(max_length=255, blank=True)
    happened_at = models.DateTimeField(help_text=_("By the caller's word."))
    recorded_at = models.DateTimeField()
    entered_by = entity_link()

    class Meta:
        verbose_name = _("movement of points")
        verbose_name_plural = _("movements of points")
        constraints = [
            models.UniqueConstraint(
                fields=["org", "reference"],
                condition=~Q(reference=""),
                name="points_entry_reference_once",
            ),
        ]
        indexes = [
            models.Index(fields=["enrollment", "id"], name="points_entry_of_member"),
            models.Index(fields=["org", "-id"], name="points_entry_newest"),
            models.Index(
                fields=["transaction"],
                condition=Q(transaction__isnull=False),
                name="points_entry_of_transaction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"


class PointsLot(models.Model):
    """Points awarded together that expire together; the lot that expires first is spent first.

    ``is_delayed``: the remaining points count in the ``delayed`` balance until they mature.
    """

    class Kind(models.TextChoices):
        REGULAR = "REGULAR", _("Regular")
        PROMOTIONAL = "PROMOTIONAL", _("Promotional")
        GOODWILL = "GOODWILL", _("Goodwill")
        BONUS = "BONUS", _("Bonus")

    class PromotionScope(models.TextChoices):
        CUSTOMER = "CUSTOMER", _("Customer")
        TRANSACTION = "TRANSACTION", _("Transaction")
        LINE_ITEM = "LINE_ITEM", _("Line item")

    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="lots", db_index=False)
    # Written in the same unit of work as the entry, so the link needs no constraint.
    entry = models.ForeignKey(
        PointsEntry, models.PROTECT, related_name="lots", db_constraint=False, db_index=False
    )
    transaction = models.ForeignKey(
        Transaction,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    kind = models.CharField(max_length=11, choices=Kind)

    awarded = ThousandthsField()
    remaining = ThousandthsField()
    awarded_at = models.DateTimeField()
    awarded_by = entity_link()
    is_delayed = models.BooleanField(default=False)
    available_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text=_("Empty: never."))

    promotion_name = models.CharField(max_length=150, blank=True)
    promotion_scope = models.CharField(max_length=11, choices=PromotionScope, blank=True)
    promotion_source_type = models.CharField(max_length=30, blank=True)
    promotion_source_id = models.BigIntegerField(default=-1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0) & Q(remaining__lte=F("awarded")),
                name="lot_remaining_within_awarded",
            ),
        ]
        indexes = [
            models.Index(fields=["enrollment", "id"], name="lot_of_member"),
            models.Index(
                fields=["expires_at", "enrollment"],
                condition=Q(remaining__gt=0),
                name="lot_due_to_expire",
            ),
            models.Index(
                fields=["available_at", "enrollment"],
                condition=Q(remaining__gt=0, is_delayed=True),
                name="lot_due_to_mature",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} of {self.awarded}"


class PointsAllocation(models.Model):
    """The points that one entry took from one lot; a reversal gives back: less than zero."""

    entry = models.ForeignKey(
        PointsEntry, models.PROTECT, related_name="allocations", db_constraint=False
    )
    lot = models.ForeignKey(
        PointsLot, models.PROTECT, related_name="allocations", db_constraint=False
    )
    points = ThousandthsField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(points=0), name="allocation_takes_something"),
        ]

    def __str__(self) -> str:
        return f"{self.points} of lot {self.lot_id}"


class PointsTransfer(models.Model):
    """A transfer of points from one customer to another within a program.

    After a merge, both sides may be the same customer.
    """

    org = org_link()
    program = models.ForeignKey(Program, models.PROTECT, related_name="+", db_index=False)
    from_customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="points_transferred_away"
    )
    to_customer = models.ForeignKey(Customer, models.PROTECT, related_name="points_received")

    points = ThousandthsField()
    out_entry = models.OneToOneField(PointsEntry, models.PROTECT, related_name="transfer_out")
    in_entry = models.OneToOneField(PointsEntry, models.PROTECT, related_name="transfer_in")
    notes = models.CharField(max_length=255, blank=True)
    transferred_at = models.DateTimeField()
    transferred_by = entity_link()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="transfer_moves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.points}: {self.from_customer_id} to {self.to_customer_id}"


class PointsRedemption(models.Model):
    """A redemption of points: what of it was reversed, and the transaction it was used for."""

    entry = models.OneToOneField(
        PointsEntry, models.PROTECT, related_name="redemption", primary_key=True
    )
    points = ThousandthsField()
    reversed_points = ThousandthsField(default=0)
    program = models.ForeignKey(
        Program, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    external_reference = models.CharField(max_length=100, blank=True)
    custom_fields = models.JSONField(default=dict, blank=True)
    used_for = models.ForeignKey(
        Transaction,
        models.PROTECT,
        null=True,
        related_name="points_redemptions",
        db_index=False,
        help_text=_("The transaction that named the redemption."),
    )

    class Meta:
        permissions = [("reverse_redemptions", "Can reverse redemptions of points")]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0, reversed_points__gte=0)
                & Q(reversed_points__lte=F("points")),
                name="redemption_reversed_no_more_than_redeemed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["used_for"],
                condition=Q(used_for__isnull=False),
                name="redemption_of_transaction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} points"


class PointsReversal(models.Model):
    """A reversal of a redemption, in part or whole: the points went back to their lots."""

    redemption = models.ForeignKey(PointsRedemption, models.PROTECT, related_name="reversals")
    entry = models.OneToOneField(PointsEntry, models.PROTECT, related_name="reversal")
    points = ThousandthsField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="reversal_gives_something"),
        ]

    def __str__(self) -> str:
        return f"{self.points} of redemption {self.redemption_id}"
