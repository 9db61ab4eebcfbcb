"""The shapes of what loyalty says of a customer, for the API page; answers are made without it."""

from rest_framework import serializers


class BalancesOut(serializers.Serializer):
    """A membership with its balances; as a summary, empty for who is in no program."""

    redeemed = serializers.FloatField(required=False)
    expired = serializers.FloatField(required=False)
    returned = serializers.FloatField(required=False)
    adjusted = serializers.FloatField(required=False)
    lifetimePoints = serializers.FloatField(required=False)
    loyaltyPoints = serializers.FloatField(required=False, help_text="The balance of the ledger.")
    cumulativePurchases = serializers.FloatField(required=False)
    loyaltyId = serializers.IntegerField(
        required=False, help_text="The member's number, one for all programs."
    )
    currentSlab = serializers.CharField(required=False)
    nextSlab = serializers.CharField(required=False, help_text="Empty at the top.")
    nextSlabSerialNumber = serializers.IntegerField(required=False, help_text="-1 at the top.")
    nextSlabDescription = serializers.CharField(required=False)
    slabSNo = serializers.IntegerField(required=False, help_text="1 is the lowest.")
    slabExpiryDate = serializers.DateTimeField(required=False)
    programId = serializers.IntegerField(required=False)


class PartnerOut(serializers.Serializer):
    partnerProgramId = serializers.IntegerField()
    partnerProgramName = serializers.CharField()
    partnerProgramDescription = serializers.CharField()
    partnerMembershipId = serializers.CharField()
    partnerProgramType = serializers.CharField()
    tierBased = serializers.BooleanField()
    partnerTierNumber = serializers.IntegerField(
        required=False, help_text="This and the next two: where the member has a tier."
    )
    partnerTierName = serializers.CharField(required=False)
    partnerTierExpiryDate = serializers.DateTimeField(required=False)


class MembershipOut(BalancesOut):
    delayedPoints = serializers.FloatField(help_text="Not spendable yet.")
    delayedReturnedPoints = serializers.FloatField()
    totalAvailablePoints = serializers.FloatField(help_text="What can be spent at this moment.")
    totalReturnedPoints = serializers.FloatField()
    linkedPartnerPrograms = PartnerOut(many=True)


class TitledMembershipOut(MembershipOut):
    programTitle = serializers.CharField()
    programDescription = serializers.CharField()
    programPointsToCurrencyRatio = serializers.FloatField()


class ProgramOut(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()


class ProgramGroupOut(serializers.Serializer):
    groupProgramId = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField()
    programsList = ProgramOut(many=True)
    lifetimePoints = serializers.FloatField()
    loyaltyPoints = serializers.FloatField()
    promisedPoints = serializers.FloatField(help_text="Not spendable yet.")
    pointsToCurrencyRatio = serializers.FloatField()


class IssuedAtOut(serializers.Serializer):
    code = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)


class PromotionSourceOut(serializers.Serializer):
    promotionSourceId = serializers.IntegerField(help_text="-1: none in particular.")
    promotionSourceType = serializers.CharField()


class PromotionOut(serializers.Serializer):
    points = serializers.FloatField()
    issuedAt = IssuedAtOut()
    issuedOn = serializers.DateTimeField()
    expiryDate = serializers.DateTimeField(allow_null=True)
    promotionSource = PromotionSourceOut()
    programId = serializers.IntegerField()
    promotionName = serializers.CharField()


class PromotionsOut(serializers.Serializer):
    customerPromotionType = PromotionOut(many=True)
    transactionPromotionType = PromotionOut(many=True)
    lineitemPromotionType = PromotionOut(many=True)


class ScheduleOut(serializers.Serializer):
    points = serializers.FloatField()
    expiryDate = serializers.DateTimeField()
    programId = serializers.IntegerField()
    pointsType = serializers.CharField(help_text="REGULAR, PROMOTIONAL, GOODWILL or BONUS.")
    expiryType = serializers.CharField(
        help_text="ROLLING where the program counts days from the award, else FIXED."
    )


class ExpiredOut(serializers.Serializer):
    points = serializers.FloatField()
    expiredOn = serializers.DateTimeField()
    programId = serializers.IntegerField()


class CardStatusOut(serializers.Serializer):
    reason = serializers.CharField(required=False)
    createdBy = serializers.IntegerField(
        required=False, allow_null=True, help_text="An entity's id."
    )
    actions = serializers.ListField(child=serializers.CharField(), required=False)
    autoUpdateTime = serializers.DateField(required=False)
    createdOn = serializers.DateTimeField(required=False)
    entityId = serializers.IntegerField(required=False, help_text="The card's id.")
    id = serializers.IntegerField(required=False)
    isActive = serializers.BooleanField(required=False)
    labelId = serializers.IntegerField(required=False)
    label = serializers.CharField(required=False)  # type: ignore[assignment]
    status = serializers.CharField(required=False)


class CardDetailsOut(serializers.Serializer):
    cardId = serializers.IntegerField()
    issuedDate = serializers.DateTimeField(allow_null=True)
    createdDate = serializers.DateField()
    expiryDays = serializers.IntegerField(help_text="0: cards of the series do not expire.")
    expiryDate = serializers.DateTimeField(allow_null=True)
    seriesName = serializers.CharField()
    customerId = serializers.IntegerField(allow_null=True)
    maxActiveCards = serializers.IntegerField(help_text="-1: any number.")
    cardExternalId = serializers.CharField(allow_null=True)
    extendedFields = serializers.DictField()
    customFields = serializers.DictField()
    type = serializers.CharField()
    cardNumber = serializers.CharField()
    seriesId = serializers.IntegerField()
    seriesCode = serializers.CharField()
    orgId = serializers.IntegerField()
    entityId = serializers.IntegerField(
        allow_null=True, help_text="Which entity issued the card, or else made it."
    )
    statusInfo = CardStatusOut()
    id = serializers.IntegerField()
    transactionNotAllowed = serializers.BooleanField(help_text="True unless the card is ACTIVE.")
