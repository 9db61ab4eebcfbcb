"""Loyalty in v1.1: the table of contents, a line for each path in the order of the reference."""

from django.urls import path

from loyalty.api.v1_1.coupon_redeem import IsCouponRedeemable, RedeemCoupon
from loyalty.api.v1_1.coupons import Coupons
from loyalty.api.v1_1.customer_get import Get
from loyalty.api.v1_1.points import IsRedeemable, Redeem, ValidationCode
from loyalty.api.v1_1.redemptions import Redemptions
from loyalty.api.v1_1.referrals import Referrals
from loyalty.api.v1_1.search import Search
from loyalty.api.v1_1.transaction_add import AddTransaction, GetTransaction
from loyalty.api.v1_1.transactions import Transactions

urlpatterns = [
    path("points/isredeemable", IsRedeemable.as_view()),
    path("points/redeem", Redeem.as_view()),
    path("points/validationcode", ValidationCode.as_view()),
    path("coupon/isredeemable", IsCouponRedeemable.as_view()),
    path("coupon/redeem", RedeemCoupon.as_view()),
    path("transaction/add", AddTransaction.as_view()),
    path("transaction/get", GetTransaction.as_view()),
    path("customer/search", Search.as_view()),
    path("customer/get", Get.as_view()),
    path("customer/transactions", Transactions.as_view()),
    path("customer/redemptions", Redemptions.as_view()),
    path("customer/coupons", Coupons.as_view()),
    path("customer/referrals", Referrals.as_view()),
]
