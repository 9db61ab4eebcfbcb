"""What a merge does with each foreign key from loyalty to a customer (contract, rule 2.6)."""

from collections.abc import Mapping

# An architecture test finds foreign keys that are missing here.
MERGE_MOVES: Mapping[str, str] = {
    "loyalty.Card.customer": "moves, beyond the limit of its series too",
    "loyalty.Coupon.customer": "moves",
    "loyalty.CouponRedemption.customer": "moves",
    "loyalty.Effect.customer": "moves",
    "loyalty.Enrollment.customer": "moves, or is emptied into the survivor's of that program",
    "loyalty.Invitation.customer": "moves; where both invited somebody, the survivor's holds",
    "loyalty.PointsTransfer.from_customer": "moves",
    "loyalty.PointsTransfer.to_customer": "moves",
    "loyalty.Referee.customer": "moves",
    "loyalty.Referee.referee": "moves; where both came, the survivor's coming counts",
    "loyalty.ReferralCode.customer": "moves; the survivor's own goes on being shown",
    "loyalty.Transaction.customer": "moves",
}
