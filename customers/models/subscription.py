"""Subscriptions of customers, and the log of their changes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.tenancy.models import OrgEntity
from customers.models.customer import Customer
from customers.models.source_account import SourceAccount


class SubscriptionChannel(models.TextChoices):
    SMS = "SMS", _("SMS")
    EMAIL = "EMAIL", _("Email")
    WECHAT = "WECHAT", _("WeChat")
    WHATSAPP = "WHATSAPP", _("WhatsApp")
    ANDROID = "ANDROID", _("Android")
    IOS = "IOS", _("iOS")
    LINE = "LINE", _("LINE")


class SubscriptionPriority(models.TextChoices):
    TRANS = "TRANS", _("Transactional")
    BULK = "BULK", _("Bulk")


class SubscriptionStatus(models.TextChoices):
    OPTIN = "OPTIN", _("Opted in")
    OPTOUT = "OPTOUT", _("Opted out")


class SubscriptionScope(models.TextChoices):
    POINTS = "POINTS", _("Points")
    COUPONS = "COUPONS", _("Coupons")


class Subscription(models.Model):
    """General consent for one channel and priority; no row means that it is not set."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="subscriptions")
    source_account = models.ForeignKey(SourceAccount, models.PROTECT, related_name="+")
    org_unit = models.ForeignKey(
        OrgEntity,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Empty: for the whole organization.",
    )
    channel = models.CharField(max_length=8, choices=SubscriptionChannel)
    priority = models.CharField(max_length=5, choices=SubscriptionPriority)

    status = models.CharField(max_length=6, choices=SubscriptionStatus)
    changed_by = models.ForeignKey(OrgEntity, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "channel", "priority", "source_account", "org_unit"],
                condition=Q(org_unit__isnull=False),
                name="subscription_once_per_unit",
            ),
            models.UniqueConstraint(
                fields=["customer", "channel", "priority", "source_account"],
                condition=Q(org_unit__isnull=True),
                name="subscription_once_without_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.channel} {self.priority} {self.status}"


class ScopedSubscription(models.Model):
    """Consent of a customer to messages about one subject, in place of the general one."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="scoped_subscriptions")
    channel = models.CharField(max_length=8, choices=SubscriptionChannel)
    priority = models.CharField(max_length=5, choices=SubscriptionPriority)
    scope = models.CharField(max_length=7, choices=SubscriptionScope)

    status = models.CharField(max_length=6, choices=SubscriptionStatus)
    changed_by = models.ForeignKey(OrgEntity, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "channel", "priority", "scope"],
                name="scoped_subscription_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.channel} {self.priority} {self.scope} {self.status}"


class SubscriptionChange(models.Model):
    """One line of a customer's subscription log."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="subscription_changes")
    source_account = models.ForeignKey(SourceAccount, models.PROTECT, related_name="+")
    org_unit = models.ForeignKey(OrgEntity, models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=8, choices=SubscriptionChannel)
    priority = models.CharField(max_length=5, choices=SubscriptionPriority)
    scope = models.CharField(
        max_length=7,
        choices=SubscriptionScope,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: the general consent."),
    )

    status = models.CharField(max_length=6, choices=SubscriptionStatus)
    previous_status = models.CharField(
        max_length=6, choices=SubscriptionStatus, blank=True, help_text="Empty: was not set."
    )
    reason = models.CharField(max_length=255, blank=True)
    campaign_id = models.BigIntegerField(default=-1)
    communication_id = models.BigIntegerField(default=-1)
    changed_by = models.ForeignKey(OrgEntity, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.channel} {self.priority} {self.status}"
