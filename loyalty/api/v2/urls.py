"""The URLs of loyalty, cards, coupons and referrals in v2."""

from django.urls import path

import crm.dialects.path_converters  # noqa: F401  registers <id:...>
from loyalty.api.v2.card_numbers import Generate, GenerationLog
from loyalty.api.v2.card_series import AddSeries, AllSeries, OneSeries
from loyalty.api.v2.cards import Cards, CardsInBulk
from loyalty.api.v2.coupon_issue import IssueCoupon, IssueCouponsInBulk, ListCoupons
from loyalty.api.v2.coupon_redemption import (
    IsCouponRedeemable,
    ReactivateCoupons,
    RedeemCoupons,
    RedeemCouponsInBulk,
)
from loyalty.api.v2.coupon_series import CouponSeries
from loyalty.api.v2.coupons import CustomerCoupons, CustomersCoupons
from loyalty.api.v2.memberships import LookedUpLoyaltyDetails, LoyaltyDetails
from loyalty.api.v2.partners import LinkCustomers, UnlinkCustomers, UpdatePartnerTiers
from loyalty.api.v2.points_ledger import LedgerBalance, LedgerInfo
from loyalty.api.v2.points_redemption import IsRedeemable, Redeem, Reverse
from loyalty.api.v2.points_transfer import IsTransferrable, TransferPoints
from loyalty.api.v2.programs import Programs
from loyalty.api.v2.referrals import CustomerReferrals, Referrals
from loyalty.api.v2.schedules import LookedUpPointsExpirySchedule, PointsExpirySchedule
from loyalty.api.v2.transactions import Earning, Transaction, Transactions
from loyalty.api.v2.transactions_bulk import TransactionsInBulk
from loyalty.api.v2.transfers import PointsTransfers

urlpatterns = [
    path("customers/lookup/loyaltyDetails", LookedUpLoyaltyDetails.as_view()),
    path("customers/lookup/pointsExpirySchedule", LookedUpPointsExpirySchedule.as_view()),
    path("customers/coupons", CustomersCoupons.as_view()),
    path("customers/<id:customer_id>/coupons", CustomerCoupons.as_view()),
    path("customers/<id:customer_id>/loyaltyDetails", LoyaltyDetails.as_view()),
    path("customers/<id:customer_id>/pointsExpirySchedule", PointsExpirySchedule.as_view()),
    path("customers/<id:customer_id>/pointsTransfers", PointsTransfers.as_view()),
    path("customers/referrals", Referrals.as_view()),
    path("customers/<id:customer_id>/referrals", CustomerReferrals.as_view()),
    path("points/isRedeemable", IsRedeemable.as_view()),
    path("points/redeem", Redeem.as_view()),
    path("points/reverse", Reverse.as_view()),
    path("transactions", Transactions.as_view()),
    path("transactions/bulk", TransactionsInBulk.as_view()),
    path("transactions/<id:transaction_id>", Transaction.as_view()),
    path("earning/<id:transaction_id>", Earning.as_view()),
    path("points/isTransferrable", IsTransferrable.as_view()),
    path("points/transfer", TransferPoints.as_view()),
    path("pointsLedger/getCustomerLedgerBalance", LedgerBalance.as_view()),
    path("pointsLedger/getCustomerLedgerInfo", LedgerInfo.as_view()),
    path("partnerProgram/linkCustomer", LinkCustomers.as_view()),
    path("partnerProgram/customerPartnerProgramUpdate", UpdatePartnerTiers.as_view()),
    path("partnerProgram/deLinkCustomer", UnlinkCustomers.as_view()),
    path("organization/programs", Programs.as_view()),
    path("coupon", ListCoupons.as_view()),
    path("coupon/series", CouponSeries.as_view()),
    path("coupon/issue", IssueCoupon.as_view()),
    path("coupon/bulk/issue", IssueCouponsInBulk.as_view()),
    path("coupon/is_redeemable", IsCouponRedeemable.as_view()),
    path("coupon/redeem", RedeemCoupons.as_view()),
    path("coupon/bulk/redeem", RedeemCouponsInBulk.as_view()),
    path("coupon/reactivate", ReactivateCoupons.as_view()),
    path("card", Cards.as_view()),
    path("card/bulk", CardsInBulk.as_view()),
    path("card/generate", Generate.as_view()),
    path("card/generation/logs/<id:series_id>", GenerationLog.as_view()),
    path("card/series", AddSeries.as_view()),
    path("card/series/<id:series_id>", OneSeries.as_view()),
    path("card/series/get/all", AllSeries.as_view()),
]
