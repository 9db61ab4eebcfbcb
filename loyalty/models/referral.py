"""Referrals: campaigns, referral codes, invitations and referees."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.kernel.fields import FoldedTextField
from crm.tenancy.models import Organization, entity_link
from customers.models import Customer
from loyalty.models.coupon import Coupon
from loyalty.models.coupon_series import CouponSeries


class ReferralCampaign(models.Model):
    """A campaign in which customers invite others and get coupons for it."""

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)

    token = models.CharField(
        max_length=50, help_text=_("What tills and apps call the campaign, such as CWRME.")
    )
    name = models.CharField(max_length=100)
    first_day = models.DateField(null=True, blank=True, help_text=_("Empty: it began long ago."))
    last_day = models.DateField(null=True, blank=True, help_text=_("Empty: it has no end."))
    registration_series = models.ForeignKey(
        CouponSeries,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("coupon for a registration"),
        help_text=_("What the inviting customer gets when somebody they invited registers."),
    )
    transaction_series = models.ForeignKey(
        CouponSeries,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("coupon for a first purchase"),
        help_text=_("What they get when that person buys for the first time."),
    )
    takes_customers = models.BooleanField(
        _("customers may be invited"),
        default=False,
        help_text=_("Whether people who are customers already may be invited."),
    )
    most_invitees = models.PositiveIntegerField(
        _("most invitations"),
        null=True,
        blank=True,
        help_text=_("How many people each customer may invite. Empty: any number."),
    )
    is_default = models.BooleanField(
        _("is the default"), default=False, help_text=_("Meant where no campaign is named.")
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("org", Lower("token"), name="referral_campaign_token_once"),
            models.UniqueConstraint(
                fields=["org"],
                condition=Q(is_default=True),
                name="referral_campaign_one_default",
                violation_error_message=_("Another campaign is the default already."),
            ),
            models.CheckConstraint(
                condition=Q(first_day__isnull=True)
                | Q(last_day__isnull=True)
                | Q(first_day__lte=F("last_day")),
                name="referral_campaign_ends_after_it_begins",
                violation_error_message=_("The last day comes before the first."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReferralCode(models.Model):
    """A customer's referral code in a campaign; after a merge they may have several."""

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    campaign = models.ForeignKey(ReferralCampaign, models.PROTECT, related_name="codes")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="referral_codes")
    code = FoldedTextField(max_length=20)
    created_at = models.DateTimeField()
    is_current = models.BooleanField(default=True, help_text=_("The one that is shown."))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "code"], name="referral_code_once"),
            models.UniqueConstraint(
                fields=["customer", "campaign"],
                condition=Q(is_current=True),
                name="referral_code_one_shown_per_campaign",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Invitation(models.Model):
    """An invitation of a person by a customer, by mobile or email."""

    class Type(models.TextChoices):
        # The same values as the identifier types, with which they are compared.
        MOBILE = "mobile", _("Mobile")
        EMAIL = "email", _("Email")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    campaign = models.ForeignKey(ReferralCampaign, models.PROTECT, related_name="invitations")
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="invitations", db_index=False
    )

    type = models.CharField(max_length=6, choices=Type)
    identifier = FoldedTextField(max_length=255)
    name = models.CharField(max_length=100, blank=True)
    invited_at = models.DateTimeField(help_text=_("By the caller's word."))
    invited_by = entity_link()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "campaign", "type", "identifier"],
                name="invitation_once_per_customer",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "type", "identifier"], name="invitation_of_somebody"),
            models.Index(fields=["org", "-id"], name="invitation_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.identifier}"


class Referee(models.Model):
    """A referred customer: counted once for the registration and once for the first purchase."""

    class Event(models.TextChoices):
        REGISTRATION = "REGISTRATION", _("Registration")
        TRANSACTION = "TRANSACTION", _("First purchase")

    org = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    campaign = models.ForeignKey(ReferralCampaign, models.PROTECT, related_name="referees")
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="referees", help_text=_("Who brought them.")
    )
    referee = models.ForeignKey(
        Customer,
        models.PROTECT,
        related_name="referred",
        db_index=False,
        help_text=_("Who came."),
    )
    invitation = models.ForeignKey(
        Invitation,
        models.PROTECT,
        null=True,
        related_name="referees",
        db_index=False,
        help_text=_("Empty: they brought a code."),
    )

    event = models.CharField(max_length=12, choices=Event)
    added_at = models.DateTimeField()
    added_by = entity_link()
    coupon = models.ForeignKey(
        Coupon,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text=_("What the one who brought them got for it."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referee", "campaign", "event"], name="referee_counts_once_per_campaign"
            ),
            # The next owner of an invited mobile cannot use the invitation again.
            models.UniqueConstraint(
                fields=["invitation", "event"],
                condition=Q(invitation__isnull=False),
                name="invitation_counts_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referee_id}, brought by {self.customer_id}"
