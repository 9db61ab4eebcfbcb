"""End points of test customers (reference v2, "Register Customer", `endPointsEnabled`).

A customer who was registered with end points is a test customer: they earn and get only at these,
and are left out of counts, charts and exports.
"""

from collections.abc import Collection

REFERRALS, COUPONS = "REFERRAL_ENDPOINT", "DVS_ENDPOINT"
TIMELINE, POINTS = "TIMELINE_ENDPOINT", "POINTSENGINE_ENDPOINT"
END_POINTS = (REFERRALS, COUPONS, TIMELINE, POINTS)


def is_enabled(end_points: Collection[str], end_point: str) -> bool:
    """Whether a customer with these end points takes part at one: real customers do at all."""
    return not end_points or end_point in end_points
