"""Texts about coupons that are still to be sent."""

from django.db import models

from loyalty.models.coupon import Coupon


class CouponText(models.Model):
    """A text to the customer about a coupon; the row goes when the text leaves."""

    coupon = models.OneToOneField(Coupon, models.PROTECT, related_name="+", primary_key=True)
    queued_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["queued_at"], name="coupon_text_queue")]

    def __str__(self) -> str:
        return f"about {self.coupon_id}"
