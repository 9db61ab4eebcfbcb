"""Loyalty programs, their tiers, and groups of programs."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.kernel.fields import ThousandthsField
from crm.tenancy.models import Organization


class ProgramGroup(models.Model):
    """Programs that are shown together with the sum of their points."""

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    title = models.CharField(max_length=150)
    description = models.CharField(max_length=255, blank=True)
    points_to_currency = ThousandthsField(default=1, help_text=_("What one point is worth."))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(points_to_currency__gte=0), name="group_points_worth_nothing_less"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Program(models.Model):
    """A loyalty program: how points are earned and when they expire (contract, section 7)."""

    class TierRule(models.TextChoices):
        LIFETIME_POINTS = "LIFETIME_POINTS", _("Lifetime points")
        LIFETIME_PURCHASES = "LIFETIME_PURCHASES", _("Lifetime purchases")

    class PointsExpiry(models.TextChoices):
        NEVER = "NEVER", _("Never")
        FIXED = "FIXED", _("On a fixed day of the year")
        ROLLING = "ROLLING", _("Some days after they were given")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="programs")
    group = models.ForeignKey(
        ProgramGroup, models.PROTECT, null=True, blank=True, related_name="programs"
    )

    name = models.CharField(max_length=150)
    description = models.CharField(max_length=255, blank=True)
    is_default = models.BooleanField(
        default=False, help_text=_("Who registers for loyalty is enrolled in this one.")
    )
    is_active = models.BooleanField(default=True)

    points_to_currency = ThousandthsField(default=1, help_text=_("What one point is worth."))
    tier_rule = models.CharField(
        max_length=18, choices=TierRule, default=TierRule.LIFETIME_PURCHASES
    )
    points_expiry = models.CharField(
        max_length=7, choices=PointsExpiry, default=PointsExpiry.ROLLING
    )
    expires_on = models.DateField(
        null=True,
        blank=True,
        help_text=_("For a fixed day: points die at its end, or at that of its next anniversary."),
    )
    expires_after_days = models.PositiveIntegerField(null=True, blank=True)
    delay_days = models.PositiveIntegerField(
        default=0, help_text=_("Points of a purchase can be spent after so many days.")
    )
    registration_bonus = ThousandthsField(default=0)
    min_redeem_points = ThousandthsField(
        _("least points at once"), default=0, db_default=0, help_text=_("0: any number.")
    )
    max_redeem_points = ThousandthsField(
        _("most points at once"), null=True, blank=True, help_text=_("Empty: any number.")
    )
    redeem_multiple = ThousandthsField(
        _("multiple of"),
        default=0,
        db_default=0,
        help_text=_("Redeemed in multiples of it; 0: any."),
    )
    min_balance_to_redeem = ThousandthsField(
        _("least balance"), default=0, db_default=0, help_text=_("Needed before the redemption.")
    )
    min_lifetime_to_redeem = ThousandthsField(
        _("least lifetime points"), default=0, db_default=0, help_text=_("Needed to redeem.")
    )
    min_purchases_to_redeem = ThousandthsField(
        _("least lifetime purchases"), default=0, db_default=0, help_text=_("Needed to redeem.")
    )
    redeem_needs_code = models.BooleanField(
        _("code needed"),
        default=False,
        db_default=False,
        help_text=_("A redemption needs a code that was sent to the customer."),
    )
    welcome_series = models.ForeignKey(
        "loyalty.CouponSeries",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Newcomers who are enrolled on registration get a coupon of this series."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint("org", "name", name="program_name_once"),
            models.UniqueConstraint(
                fields=["org"], condition=Q(is_default=True), name="program_one_default"
            ),
            # Otherwise customers could not be enrolled on registration.
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_active=True), name="program_default_is_active"
            ),
            models.CheckConstraint(
                condition=Q(
                    points_expiry="NEVER", expires_on__isnull=True, expires_after_days__isnull=True
                )
                | Q(
                    points_expiry="FIXED",
                    expires_on__isnull=False,
                    expires_after_days__isnull=True,
                )
                | Q(
                    points_expiry="ROLLING",
                    expires_on__isnull=True,
                    expires_after_days__isnull=False,
                ),
                name="program_expiry_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(points_to_currency__gte=0) & Q(registration_bonus__gte=0),
                name="program_gives_nothing_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    min_redeem_points__gte=0,
                    redeem_multiple__gte=0,
                    min_balance_to_redeem__gte=0,
                    min_lifetime_to_redeem__gte=0,
                    min_purchases_to_redeem__gte=0,
                )
                & (Q(max_redeem_points__isnull=True) | Q(max_redeem_points__gt=0)),
                name="program_redeem_rules_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Tier(models.Model):
    """A tier of a program; the reference API calls it a slab."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="tiers")
    serial = models.PositiveIntegerField(help_text=_("1 is the lowest."))

    name = models.CharField(max_length=100)
    description = models.CharField(max_length=255, blank=True)
    threshold = ThousandthsField(
        default=0, help_text=_("Lifetime points or purchases that lift a member to this tier.")
    )
    earn_rate = ThousandthsField(default=1, help_text=_("Points for each unit of spend."))
    validity_days = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Empty: a hundred years.")
    )
    renewal_threshold = ThousandthsField(
        null=True,
        blank=True,
        help_text=_("What must come in while it holds, to keep it. Empty: it is kept anyway."),
    )
    renewal_visits = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_("Days with a bill while it holds, needed as well to keep it."),
    )
    lift_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_("Within so many days, visits and purchases lift a member to this tier, too."),
    )
    lift_visits = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Days with a bill in that time.")
    )
    lift_purchases = ThousandthsField(
        null=True, blank=True, help_text=_("Purchases less returns in that time.")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "serial"], name="tier_serial_once"),
            models.CheckConstraint(condition=Q(serial__gte=1), name="tier_serial_from_one"),
            models.CheckConstraint(
                condition=Q(threshold__gte=0) & Q(earn_rate__gte=0), name="tier_asks_and_gives"
            ),
            models.CheckConstraint(
                condition=Q(
                    lift_days__isnull=True, lift_visits__isnull=True, lift_purchases__isnull=True
                )
                | Q(lift_days__gte=1, lift_visits__gte=1)
                | Q(lift_days__gte=1, lift_purchases__gt=0),
                name="tier_lifts_within_days",
            ),
        ]

    def __str__(self) -> str:
        return self.name
