"""Promotions: points beyond the tier's rate."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.kernel.fields import ThousandthsField
from crm.tenancy.models import Organization, OrgEntity, entity_link
from loyalty.models.program import Program, Tier


class Promotion(models.Model):
    """Extra points for bills that meet its conditions; an empty condition is met by all."""

    class Scope(models.TextChoices):
        CUSTOMER = "CUSTOMER", _("The customer")
        TRANSACTION = "TRANSACTION", _("The transaction")
        LINE_ITEM = "LINE_ITEM", _("A line item")

    class Reward(models.TextChoices):
        FIXED = "FIXED", _("A number of points")
        PER_UNIT = "PER_UNIT", _("Points for each unit of spend")
        MULTIPLIER = "MULTIPLIER", _("A multiple of the tier's points")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="promotions")
    name = models.CharField(max_length=150, help_text=_("Tills name it so."))
    is_active = models.BooleanField(default=True)
    is_on_request = models.BooleanField(
        _("only on request"),
        default=False,
        help_text=_("Only for bills that name it (loyaltyPromotionIdentifiers)."),
    )

    starts_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Empty: it began long ago.")
    )
    ends_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: it has no end."))
    stores = models.ManyToManyField(
        OrgEntity,
        blank=True,
        related_name="+",
        help_text=_("Zones, concepts, stores and tills where it holds; none: everywhere."),
    )
    tiers = models.ManyToManyField(
        Tier, blank=True, related_name="+", help_text=_("Tiers whose customers get it; none: all.")
    )
    min_amount = ThousandthsField(_("least bill"), default=0)
    item_codes = models.JSONField(
        default=list, blank=True, help_text=_("Line items that count; none: all.")
    )
    item_attributes = models.JSONField(
        default=dict, blank=True, help_text=_("Attributes that a line item must have, by name.")
    )

    scope = models.CharField(max_length=11, choices=Scope, default=Scope.TRANSACTION)
    reward = models.CharField(max_length=10, choices=Reward, default=Reward.FIXED)
    value = ThousandthsField(help_text=_("Points, points for each unit of spend, or the multiple."))
    once_per_customer = models.BooleanField(
        default=False, help_text=_("A customer gets it once; otherwise with each bill.")
    )
    created_by = entity_link()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("org", Lower("name"), name="promotion_name_once"),
            models.CheckConstraint(
                condition=Q(value__gt=0, min_amount__gte=0), name="promotion_gives_something"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(ends_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="promotion_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PromotionAward(models.Model):
    """That an enrollment got a promotion which is given once."""

    promotion = models.ForeignKey(Promotion, models.PROTECT, related_name="awards", db_index=False)
    enrollment = models.ForeignKey(
        "loyalty.Enrollment", models.PROTECT, related_name="promotion_awards"
    )
    awarded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["promotion", "enrollment"], name="promotion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.promotion_id} to {self.enrollment_id}"
