"""Coupon series: discount, validity and limits."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.kernel.fields import ThousandthsField
from crm.tenancy.models import Organization, OrgEntity, entity_link


def any_time() -> dict[str, list[int]]:
    return {"days_of_month": [], "days_of_week": [], "hours": []}


def validate_times(when: object) -> None:
    names = set(any_time())
    if not isinstance(when, dict) or set(when) - names:
        raise ValidationError("Times are lists by name: " + ", ".join(sorted(names)))
    for numbers in when.values():
        if not isinstance(numbers, list) or not all(type(number) is int for number in numbers):
            raise ValidationError("Each list of times holds whole numbers.")


class CouponSeries(models.Model):
    """The rules of one kind of coupon. An empty limit means no limit."""

    class DiscountType(models.TextChoices):
        ABS = "ABS", _("Amount")
        PERC = "PERC", _("Percent")

    class DiscountOn(models.TextChoices):
        BILL = "BILL", _("The bill")
        ITEM = "ITEM", _("An item")

    class SeriesType(models.TextChoices):
        LOYALTY = "LOYALTY", _("Loyalty")
        CAMPAIGN = "CAMPAIGN", _("Campaign")
        REFERRAL = "REFERRAL", _("Referral")
        GOODWILL = "GOODWILL", _("Goodwill")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="coupon_series")

    code = models.CharField(max_length=60)
    description = models.CharField(max_length=255)
    info = models.CharField(max_length=255, blank=True)
    tag = models.CharField(max_length=255, blank=True)
    series_type = models.CharField(max_length=8, choices=SeriesType, default=SeriesType.LOYALTY)
    campaign_id = models.BigIntegerField(null=True, blank=True)
    priority = models.IntegerField(default=0)
    terms = models.TextField(_("terms and conditions"), blank=True)
    sms_template = models.TextField(_("SMS template"), blank=True)
    short_sms_template = models.TextField(_("short SMS template"), blank=True)
    sms_disabled = models.BooleanField(_("SMS disabled"), default=False)

    discount_type = models.CharField(max_length=4, choices=DiscountType)
    discount_value = ThousandthsField(help_text=_("An amount, or percents."))
    discount_upto = ThousandthsField(
        default=0, help_text=_("The most a discount may be; 0: no cap.")
    )
    discount_on = models.CharField(max_length=4, choices=DiscountOn, default=DiscountOn.BILL)
    discount_code = models.CharField(
        max_length=60, blank=True, help_text=_("What tills call the discount.")
    )

    valid_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_("A coupon is good until the end of this day after it was issued."),
    )
    valid_till_date = models.DateField(
        null=True, blank=True, help_text=_("No coupon is good after this day, whenever issued.")
    )
    redeemable_from = models.DateTimeField(null=True, blank=True)
    redeemable_when = models.JSONField(
        default=any_time,
        blank=True,
        validators=[validate_times],
        help_text=_("Days of the month, days of the week (Monday is 1), hours; empty: any."),
    )
    redeemable_at = models.ManyToManyField(
        OrgEntity,
        blank=True,
        related_name="+",
        help_text=_("Zones, concepts, stores and tills where it is redeemed; none: everywhere."),
    )
    min_bill_amount = ThousandthsField(default=0)
    max_bill_amount = ThousandthsField(null=True, blank=True)
    valid_with_discounted_items = models.BooleanField(default=False)
    validation_required = models.BooleanField(default=False)
    brands = models.JSONField(default=list, blank=True)
    products = models.JSONField(default=list, blank=True)
    categories = models.JSONField(default=list, blank=True)

    max_create = models.PositiveIntegerField(null=True, blank=True)
    max_redeem = models.PositiveIntegerField(null=True, blank=True)
    max_redemptions_per_coupon = models.PositiveIntegerField(null=True, blank=True, default=1)
    several_per_user = models.BooleanField(
        default=True, help_text=_("A customer may hold several that are still good.")
    )
    resend_held = models.BooleanField(
        default=False, help_text=_("Where only one may be held: answer with that one again.")
    )
    max_coupons_per_user = models.PositiveIntegerField(null=True, blank=True)
    min_days_between_coupons = models.PositiveIntegerField(null=True, blank=True)
    max_redemptions_per_user = models.PositiveIntegerField(null=True, blank=True)
    min_days_between_redemptions = models.PositiveIntegerField(null=True, blank=True)
    same_user_may_repeat = models.BooleanField(
        default=False, help_text=_("The same customer may redeem the same coupon again.")
    )
    transferable = models.BooleanField(default=False)
    exclusive_group = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text=_("Coupons of series with the same word here exclude each other on one bill."),
    )
    any_user = models.BooleanField(
        default=False, help_text=_("Whoever brings the code may redeem it.")
    )

    issued_count = models.PositiveIntegerField(default=0, editable=False)
    redeemed_count = models.PositiveIntegerField(default=0, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField(default=True)
    created_by = entity_link()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = _("coupon series")
        constraints = [
            models.UniqueConstraint("org", Lower("code"), name="coupon_series_code_once"),
            models.CheckConstraint(
                condition=Q(discount_value__gte=0, discount_upto__gte=0, min_bill_amount__gte=0),
                name="coupon_series_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(discount_type="PERC") | Q(discount_value__lte=100),
                name="coupon_series_percents_at_most_100",
            ),
            models.CheckConstraint(
                condition=Q(max_create__isnull=True) | Q(issued_count__lte=F("max_create")),
                name="coupon_series_issues_no_more",
            ),
            models.CheckConstraint(
                condition=Q(max_redeem__isnull=True) | Q(redeemed_count__lte=F("max_redeem")),
                name="coupon_series_redeems_no_more",
            ),
        ]

    def __str__(self) -> str:
        return self.description
