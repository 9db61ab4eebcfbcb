"""The samples about loyalty are answered in the demo with all the keys that they show."""

import pytest

POINTS_SUMMARY = (
    "adjusted cumulativePurchases currentSlab expired lifetimePoints loyaltyId loyaltyPoints"
    " nextSlab nextSlabDescription nextSlabSerialNumber redeemed returned slabExpiryDate slabSNo"
)
MEMBERSHIP = (
    f"{POINTS_SUMMARY} programId delayedPoints delayedReturnedPoints totalAvailablePoints"
    " totalReturnedPoints linkedPartnerPrograms"
)
SAMPLES = [
    ("customers/17742?source=WECHAT&accountId=22232&embed=points", "pointsSummary", POINTS_SUMMARY),
    ("customers/17742?embed=mlp", "loyaltyProgramDetails.0", f"{POINTS_SUMMARY} programId"),
    ("customers/29372667/loyaltyDetails", "data.0", MEMBERSHIP),
    (
        "customers/29372667/loyaltyDetails",
        "data.0.linkedPartnerPrograms.0",
        "partnerProgramId partnerProgramName partnerProgramDescription partnerTierNumber"
        " partnerTierName partnerTierExpiryDate partnerMembershipId partnerProgramType tierBased",
    ),
    (
        "customers/lookup/loyaltyDetails?source=INSTORE&identifierName=externalId"
        "&identifierValue=888555888555898855",
        "data.0",
        MEMBERSHIP,
    ),
    (
        "customers/lookup/customerDetails?source=WECHAT&accountId=22232&identifierName=mobile"
        "&identifierValue=919999000001&embed=mlp",
        "loyaltyProgramDetails.0",
        f"{MEMBERSHIP} programTitle programDescription programPointsToCurrencyRatio",
    ),
    (
        "customers/lookup/customerDetails?source=WECHAT&accountId=22232&identifierName=mobile"
        "&identifierValue=919999000001&embed=mlp",
        "groupLoyaltyProgramDetails.0",
        "groupProgramId title description programsList lifetimePoints loyaltyPoints"
        " promisedPoints pointsToCurrencyRatio",
    ),
    (
        "customers/17742?embed=promotionalPoints",
        "promotionalPoints.customerPromotionType.0",
        "points issuedAt issuedOn expiryDate promotionSource programId promotionName",
    ),
    (
        "customers/343015431/pointsTransfers",
        "data.0",
        "pointsTransferDate pointsTransferred transferId transferType transferredFrom"
        " transferredTo notes programName",
    ),
    (
        "customers/17742/pointsExpirySchedule",
        "expirySchedules.0",
        "points expiryDate programId pointsType expiryType",
    ),
    (
        "customers/coupons?id=401031250",
        "entity.customers.0.coupons.0",
        "code seriesId description validTill discountType discountValue discountUpto"
        " redemptionCount redemptionsLeft id createdDate transactionNumber issuedAt redemptions",
    ),
]


@pytest.mark.parametrize(("path", "place", "keys"), SAMPLES)
def test_samples_are_answered_with_all_their_keys(ask, path, place, keys):
    status, found = ask("get", path)
    assert (status, found["warnings"]) == (200, [])

    for step in place.split("."):
        found = found[int(step)] if step.isdecimal() else found[step]

    assert found.keys() >= set(keys.split())
