"""The enrollment of a customer in a program, with its balances."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.kernel.fields import ThousandthsField
from crm.tenancy.models import entity_link, org_link
from customers.models import Customer
from loyalty.models.program import Program, Tier

# Balances that are never negative. Adjustments can be positive or negative.
NON_NEGATIVE_BALANCES = (
    "points",
    "delayed",
    "lifetime",
    "redeemed",
    "expired",
    "returned",
    "delayed_returned",
    "transferred_in",
    "transferred_out",
    "purchases",
)
BALANCES = (*NON_NEGATIVE_BALANCES, "adjusted")


class Enrollment(models.Model):
    """The enrollment of one customer in one program.

    At every commit, the balances are the sums of the entries; ``manage.py verify_ledger`` checks
    it. ``points`` can be spent, ``delayed`` points have not matured yet.
    """

    # The customer's organization, repeated for lists of enrollments.
    org = org_link()
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="enrollments", db_index=False
    )
    program = models.ForeignKey(Program, models.PROTECT, related_name="enrollments", db_index=False)
    enrolled_at = models.DateTimeField()
    enrolled_by = entity_link()

    tier = models.ForeignKey(
        Tier, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    tier_expires_at = models.DateTimeField()
    tier_basis = ThousandthsField(
        default=0, help_text=_("Lifetime points or purchases when the tier began to hold.")
    )

    points = ThousandthsField(default=0)
    delayed = ThousandthsField(default=0)
    lifetime = ThousandthsField(default=0)
    redeemed = ThousandthsField(default=0)
    expired = ThousandthsField(default=0)
    returned = ThousandthsField(default=0)
    delayed_returned = ThousandthsField(default=0)
    adjusted = ThousandthsField(default=0)
    transferred_in = ThousandthsField(default=0)
    transferred_out = ThousandthsField(default=0)
    purchases = ThousandthsField(default=0)

    class Meta:
        verbose_name = _("member")
        # What staff may do with points, beyond viewing them.
        permissions = [
            ("adjust_points", "Can adjust the points of a customer"),
            ("redeem_points", "Can redeem points of a customer"),
            ("transfer_points", "Can transfer points between customers"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "program"], name="enrolled_once"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}__gte": 0}), name=f"enrollment_{name}_not_negative"
                )
                for name in NON_NEGATIVE_BALANCES
            ),
        ]
        indexes = [
            models.Index(fields=["program", "-id"], name="enrollment_newest"),
            models.Index(fields=["org", "-id"], name="enrollment_newest_of_all"),
            models.Index(fields=["tier_expires_at", "id"], name="enrollment_by_tier_end"),
            models.Index(
                fields=["org", "program", "points", "customer"], name="enrollment_by_points"
            ),
            models.Index(
                fields=["org", "program", "lifetime", "customer"], name="enrollment_by_lifetime"
            ),
            models.Index(
                fields=["org", "program", "purchases", "customer"], name="enrollment_by_purchases"
            ),
            models.Index(fields=["org", "program", "tier", "customer"], name="enrollment_by_tier"),
        ]

    def __str__(self) -> str:
        return gettext("Customer {customer_id} in program {program_id}").format(
            customer_id=self.customer_id, program_id=self.program_id
        )


class TierChange(models.Model):
    """An entry in the tier history of an enrollment."""

    class Reason(models.TextChoices):
        ENROLLED = "ENROLLED", _("Enrolled")
        LIFTED = "LIFTED", _("Lifted")
        RENEWED = "RENEWED", _("Renewed")
        LOWERED = "LOWERED", _("Lowered")
        MERGED = "MERGED", _("Merged")

    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="tier_changes")
    previous_tier = models.ForeignKey(
        Tier, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    tier = models.ForeignKey(
        Tier, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    expires_at = models.DateTimeField()
    reason = models.CharField(max_length=8, choices=Reason)
    changed_at = models.DateTimeField()
    changed_by = entity_link()

    def __str__(self) -> str:
        return f"{self.enrollment_id}: {self.reason}"
