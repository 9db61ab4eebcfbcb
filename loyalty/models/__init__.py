"""What the loyalty app stores."""

from loyalty.models.effect import Effect
from loyalty.models.enrollment import Enrollment, TierChange
from loyalty.models.ledger import PointsAllocation, PointsEntry, PointsLot, PointsTransfer
from loyalty.models.partner import PartnerMembership, PartnerProgram, PartnerTier
from loyalty.models.program import Program, ProgramGroup, Tier
from loyalty.models.transaction import LineItem, Transaction

__all__ = [
    "Effect",
    "Enrollment",
    "LineItem",
    "PartnerMembership",
    "PartnerProgram",
    "PartnerTier",
    "PointsAllocation",
    "PointsEntry",
    "PointsLot",
    "PointsTransfer",
    "Program",
    "ProgramGroup",
    "Tier",
    "TierChange",
    "Transaction",
]
