"""Coupons and their redemptions."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.kernel.fields import FoldedTextField, ThousandthsField
from crm.tenancy.models import entity_link, org_link
from customers.models import Customer
from loyalty.models.coupon_series import CouponSeries
from loyalty.rules.coupons import StatusCriteria

HAS_REDEMPTIONS_LEFT = Q(max_redemptions__isnull=True) | Q(
    redemption_count__lt=F("max_redemptions")
)


def _build_status_condition(criteria: StatusCriteria, now: datetime) -> Q:
    # Check for NULL as well: in SQL, NULL < now is neither true nor false.
    expired = Q(expires_at__isnull=False, expires_at__lt=now)
    condition = Q()
    if criteria.redeemed is not None:
        condition &= Q(redemption_count__gt=0) if criteria.redeemed else Q(redemption_count=0)
    if criteria.expired is not None:
        condition &= expired if criteria.expired else ~expired
    if criteria.revoked is not None:
        condition &= Q(revoked_at__isnull=not criteria.revoked)
    return condition


class CouponQuerySet(models.QuerySet["Coupon"]):
    def with_any(self, statuses: Iterable[StatusCriteria], *, now: datetime) -> Self:
        """Coupons that match the criteria of any of the statuses, as ``StatusCriteria.matches``."""
        condition = Q(pk__in=[])
        for criteria in statuses:
            condition |= _build_status_condition(criteria, now)
        return self.filter(condition)

    def redeemable(self, *, now: datetime) -> Self:
        """Coupons that can be redeemed now, as ``check_coupon_state``."""
        unexpired = Q(expires_at__isnull=True) | Q(expires_at__gte=now)
        started = Q(series__redeemable_from__isnull=True) | Q(series__redeemable_from__lte=now)
        return self.filter(
            HAS_REDEMPTIONS_LEFT, unexpired, started, active_from__lte=now, revoked_at__isnull=True
        )

    def redeem(self, *, pks: Collection[int]) -> bool:
        """Count one more redemption of each in one statement; return False if one has none left.

        With a read before the write, two tills could both redeem the last one.
        """
        return len(pks) == self.filter(
            HAS_REDEMPTIONS_LEFT, pk__in=pks, revoked_at__isnull=True
        ).update(redemption_count=F("redemption_count") + 1)


class Coupon(models.Model):
    """A code issued to a customer."""

    org = org_link()
    series = models.ForeignKey(CouponSeries, models.PROTECT, related_name="coupons", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="coupons", db_index=False)
    code = FoldedTextField(max_length=60)

    issued_by = entity_link()
    issued_in = entity_link(help_text=_("The store."))
    issued_at = models.DateTimeField()
    active_from = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text=_("Empty: it does not expire."))
    transaction_number = models.CharField(max_length=100, blank=True)
    # With a database default, so that processes of the previous release can insert coupons.
    reference = models.CharField(
        max_length=100,
        blank=True,
        db_default="",
        help_text=_("The caller's own key; nothing is issued twice for it."),
    )

    max_redemptions = models.PositiveIntegerField(null=True, help_text=_("Empty: any number."))
    redemption_count = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = entity_link()
    revoke_reason = models.CharField(max_length=255, blank=True)

    objects = CouponQuerySet.as_manager()

    class Meta:
        permissions = [
            ("issue_coupons", "Can issue coupons"),
            ("redeem_coupons", "Can redeem coupons"),
            ("revoke_coupons", "Can revoke coupons"),
            ("reactivate_coupons", "Can take back redemptions of coupons"),
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


class CouponRedemptionQuerySet(models.QuerySet["CouponRedemption"]):
    def in_force(self) -> Self:
        """Redemptions that were not taken back: only these count."""
        return self.filter(reactivated_at__isnull=True)


class CouponRedemption(models.Model):
    """One redemption of a coupon, by the customer who presented it.

    A redemption that was taken back stays, and counts no more: see ``in_force``.
    """

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="redemptions")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="coupon_redemptions")
    redeemed_by = entity_link()
    redeemed_in = entity_link()
    redeemed_at = models.DateTimeField()
    transaction_number = models.CharField(max_length=100, blank=True)
    bill_amount = ThousandthsField(null=True)
    discount = ThousandthsField(null=True, help_text=_("Empty: the bill was not told."))
    used_for = models.ForeignKey(
        "loyalty.Transaction",
        models.PROTECT,
        null=True,
        related_name="coupon_redemptions",
        db_index=False,
        help_text=_("The transaction that named the redemption."),
    )
    reactivated_at = models.DateTimeField(
        null=True, help_text=_("When the redemption was taken back; the coupon can be used again.")
    )
    reactivated_by = entity_link()

    objects = CouponRedemptionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["used_for"],
                condition=Q(used_for__isnull=False),
                name="coupon_redemption_of_bill",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} at {self.redeemed_at}"
