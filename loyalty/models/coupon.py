"""Coupons of customers, and their redemptions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from crm.kernel.fields import FoldedTextField, ThousandthsField
from crm.tenancy.models import Organization, OrgEntity
from customers.models import Customer
from loyalty.models.coupon_series import CouponSeries
from loyalty.rules.coupons import StatusFacts


def _condition(facts: StatusFacts, now: datetime) -> Q:
    # With the check for NULL, as NULL < now is neither true nor false.
    over = Q(expires_at__isnull=False, expires_at__lt=now)
    condition = Q()
    if facts.redeemed is not None:
        condition &= Q(redemption_count__gt=0) if facts.redeemed else Q(redemption_count=0)
    if facts.expired is not None:
        condition &= over if facts.expired else ~over
    if facts.revoked is not None:
        condition &= Q(revoked_at__isnull=not facts.revoked)
    return condition


class CouponQuerySet(models.QuerySet["Coupon"]):
    def with_any(self, wanted: Iterable[StatusFacts], *, now: datetime) -> Self:
        """Those of which all facts of one of the statuses hold, as ``StatusFacts.hold`` says."""
        condition = Q(pk__in=[])
        for facts in wanted:
            condition |= _condition(facts, now)
        return self.filter(condition)

    def redeem(self, *, pk: int, now: datetime) -> bool:
        """Count one more redemption in one statement; False when there is none left to count.

        Reading first and writing later would let two tills redeem the last one.
        """
        left = Q(max_redemptions__isnull=True) | Q(redemption_count__lt=F("max_redemptions"))
        good = Q(expires_at__isnull=True) | Q(expires_at__gte=now)
        return bool(
            self.filter(left, good, pk=pk, revoked_at__isnull=True).update(
                redemption_count=F("redemption_count") + 1
            )
        )


class Coupon(models.Model):
    """A code issued to a customer."""

    org = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    series = models.ForeignKey(CouponSeries, models.PROTECT, related_name="coupons", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="coupons", db_index=False)
    code = FoldedTextField(max_length=60)

    issued_by = models.ForeignKey(
        OrgEntity, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    issued_in = models.ForeignKey(
        OrgEntity,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        help_text="The store.",
    )
    issued_at = models.DateTimeField()
    active_from = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text="Empty: it does not expire.")
    transaction_number = models.CharField(max_length=100, blank=True)
    # With a default of the database: who writes coupons while this column is new may not name it.
    reference = models.CharField(
        max_length=100,
        blank=True,
        db_default="",
        help_text="The caller's own key; nothing is issued twice for it.",
    )

    max_redemptions = models.PositiveIntegerField(null=True, help_text="Empty: any number.")
    redemption_count = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        OrgEntity, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    revoke_reason = models.CharField(max_length=255, blank=True)

    objects = CouponQuerySet.as_manager()

    class Meta:
        permissions = [
            ("issue_coupons", "Can issue coupons"),
            ("revoke_coupons", "Can revoke coupons"),
            ("import_coupons", "Can import coupons"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["org", "code"], name="coupon_code_once"),
            models.UniqueConstraint(
                fields=["org", "reference"],
                condition=~Q(reference=""),
                name="coupon_reference_once",
            ),
            models.CheckConstraint(
                condition=Q(max_redemptions__isnull=True)
                | Q(redemption_count__lte=F("max_redemptions")),
                name="coupon_redeemed_no_more_than_allowed",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="coupon_newest_of_customer"),
            models.Index(fields=["series", "-id"], name="coupon_newest_in_series"),
            models.Index(fields=["org", "-id"], name="coupon_newest"),
        ]

    def __str__(self) -> str:
        return self.code


class CouponRedemption(models.Model):
    """One use of a coupon, by whoever brought it."""

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="redemptions")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="coupon_redemptions")
    redeemed_by = models.ForeignKey(
        OrgEntity, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    redeemed_in = models.ForeignKey(
        OrgEntity, models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False
    )
    redeemed_at = models.DateTimeField()
    transaction_number = models.CharField(max_length=100, blank=True)
    bill_amount = ThousandthsField(null=True)
    discount = ThousandthsField(null=True, help_text="Empty: the bill was not told.")

    def __str__(self) -> str:
        return f"{self.coupon_id} at {self.redeemed_at}"
