"""The models of the loyalty app."""

from loyalty.models.card import Card, CardLabel, CardStatusChange
from loyalty.models.card_series import CardGeneration, CardSeries
from loyalty.models.coupon import Coupon, CouponRedemption
from loyalty.models.coupon_series import CouponSeries
from loyalty.models.coupon_text import CouponText
from loyalty.models.effect import Effect
from loyalty.models.enrollment import Enrollment, TierChange
from loyalty.models.ledger import (
    PointsAllocation,
    PointsEntry,
    PointsLot,
    PointsRedemption,
    PointsReversal,
    PointsTransfer,
)
from loyalty.models.partner import PartnerMembership, PartnerProgram, PartnerTier
from loyalty.models.program import Program, ProgramGroup, Tier
from loyalty.models.promotion import Promotion, PromotionAward
from loyalty.models.referral import Invitation, Referee, ReferralCampaign, ReferralCode
from loyalty.models.transaction import LineItem, PaymentMode, Transaction
from loyalty.models.withdrawal import WithdrawnMembership

__all__ = [
    "Card",
    "CardGeneration",
    "CardLabel",
    "CardSeries",
    "CardStatusChange",
    "Coupon",
    "CouponRedemption",
    "CouponSeries",
    "CouponText",
    "Effect",
    "Enrollment",
    "Invitation",
    "LineItem",
    "PartnerMembership",
    "PartnerProgram",
    "PartnerTier",
    "PaymentMode",
    "PointsAllocation",
    "PointsEntry",
    "PointsLot",
    "PointsRedemption",
    "PointsReversal",
    "PointsTransfer",
    "Program",
    "ProgramGroup",
    "Promotion",
    "PromotionAward",
    "Referee",
    "ReferralCampaign",
    "ReferralCode",
    "Tier",
    "TierChange",
    "Transaction",
    "WithdrawnMembership",
]
