"""The shape of a customer's details for the API page; the answers are made without it."""

from rest_framework import serializers

from customers.api.v2.loyalty_schema import (
    BalancesOut,
    CardDetailsOut,
    ExpiredOut,
    ProgramGroupOut,
    PromotionsOut,
    ScheduleOut,
    TitledMembershipOut,
)
from customers.api.v2.shared_schema import WarningOut


class ActorOut(serializers.Serializer):
    """An entity of the organization; empty where nobody is known."""

    id = serializers.IntegerField(required=False)
    code = serializers.CharField(required=False)
    description = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    type = serializers.CharField(required=False)


class AttributionOut(serializers.Serializer):
    createDate = serializers.DateTimeField()
    createdBy = ActorOut()
    modifiedBy = ActorOut()
    modifiedDate = serializers.DateTimeField()


class LoyaltyAttributionOut(AttributionOut):
    createdFromSource = serializers.CharField(help_text="In lower case.")


class IdentifierOut(serializers.Serializer):
    type = serializers.CharField()
    value = serializers.CharField()
    seriesId = serializers.IntegerField(required=False, help_text="Of a card, with the next one.")
    statusLabel = serializers.CharField(required=False)


class ChannelOut(serializers.Serializer):
    type = serializers.CharField()
    value = serializers.CharField()
    primary = serializers.BooleanField()
    verified = serializers.BooleanField()
    meta = serializers.DictField()
    attributes = serializers.DictField()


class BareProfileOut(serializers.Serializer):
    firstName = serializers.CharField()
    lastName = serializers.CharField()
    attribution = AttributionOut()
    fields = serializers.DictField(  # type: ignore[assignment]
        help_text="Custom fields by their names, and by the same in lower case."
    )
    source = serializers.CharField()  # type: ignore[assignment]
    userId = serializers.IntegerField()
    accountId = serializers.CharField(help_text="Empty where the source has one account only.")
    autoUpdateTime = serializers.DateTimeField()


class ProfileOut(BareProfileOut):
    identifiers = IdentifierOut(many=True)
    commChannels = ChannelOut(many=True)
    conflictingProfileList = BareProfileOut(
        many=True, help_text="Closed profiles of people merged into this customer."
    )
    identifiersAll = IdentifierOut(many=True, help_text="Those of all profiles.")


class LoyaltyInfoOut(serializers.Serializer):
    loyaltyType = serializers.CharField(help_text="In lower case.")
    attributionV2 = LoyaltyAttributionOut()
    lifetimePurchases = serializers.FloatField(help_text="In the default program.")


class ConsentOut(serializers.Serializer):
    channel = serializers.CharField()
    priority = serializers.CharField()
    type = serializers.CharField()
    sourceName = serializers.CharField(
        required=False, help_text="With the next two: what was set for this account and unit."
    )
    accountId = serializers.CharField(required=False)
    orgUnitId = serializers.IntegerField(required=False, allow_null=True)


class SubscriptionInfoOut(serializers.Serializer):
    subscriptions = ConsentOut(many=True)
    campaignId = serializers.IntegerField()
    communicationId = serializers.IntegerField()


class ImageFileOut(serializers.Serializer):
    acl = serializers.CharField(help_text="PRIVATE: only who has a link sees it.")
    fileHandle = serializers.CharField()
    lastModified = serializers.CharField(help_text="In the organization's time.")
    latestVersion = serializers.IntegerField()
    name = serializers.CharField()
    namespace = serializers.CharField()
    s3Token = serializers.CharField(help_text="The file's name in the storage.")
    version = serializers.IntegerField()


class ImageSetOut(serializers.Serializer):
    code = serializers.IntegerField()
    file = ImageFileOut()
    message = serializers.CharField()
    status = serializers.CharField()


class ImageOut(ImageSetOut):
    filePath = serializers.CharField(help_text="A link that holds for an hour, unless set so.")
    secureFilePath = serializers.CharField(help_text="The same link.")


class DetailsOut(serializers.Serializer):
    id = serializers.IntegerField()
    profiles = ProfileOut(many=True)
    loyaltyInfo = LoyaltyInfoOut()
    segments = serializers.DictField()
    associatedWith = serializers.CharField(allow_null=True, help_text="A till's code.")
    customerImage = ImageOut(
        many=True, required=False, help_text="embed=CUSTOMERIMAGE; empty without a picture"
    )
    extendedFields = serializers.DictField()
    pointsSummary = BalancesOut(required=False, help_text="embed=points")
    loyaltyProgramDetails = TitledMembershipOut(many=True, required=False, help_text="embed=mlp")
    promotionalPoints = PromotionsOut(required=False, help_text="embed=promotionalPoints")
    expirySchedules = ScheduleOut(many=True, required=False, help_text="embed=expirySchedules")
    expiredPoints = ExpiredOut(many=True, required=False, help_text="embed=expiredPoints")
    cardDetails = CardDetailsOut(many=True)
    subscriptionInfo = SubscriptionInfoOut(required=False)
    warnings = WarningOut(many=True)


class FraudOut(serializers.Serializer):
    markedBy = ActorOut()
    modifiedOn = serializers.DateTimeField()
    status = serializers.CharField()


class LookupDetailsOut(DetailsOut):
    fraudDetails = FraudOut()
    groupLoyaltyProgramDetails = ProgramGroupOut(many=True, required=False, help_text="embed=mlp")
