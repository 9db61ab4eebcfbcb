"""The schema of the requests and answers about referrals."""

from rest_framework import serializers

from crm.dialects.answer_shapes import Shape
from crm.dialects.v2.pagination import Paging
from customers.api.v2.details_shapes import ProfileOut
from customers.api.v2.field_types import IdentifierValue, Text, bounded_list
from customers.api.v2.shared_schema import PageOut, WarningOut
from loyalty.rules.referrals import MAX_INVITEES

MAX_CUSTOMERS = 100
MAX_GROUPS = 10


class ReferrerIn(serializers.Serializer):
    id = IdentifierValue(required=False, allow_null=True)
    mobile = IdentifierValue(required=False, allow_null=True)
    email = Text()
    externalId = IdentifierValue(required=False, allow_null=True)


class InviteeIn(serializers.Serializer):
    name = Text()
    identifier = IdentifierValue(
        help_text="A mobile number or an email address, depending on the type."
    )
    invitedOn = Text(help_text="Defaults to now.")


class InviteeGroupIn(serializers.Serializer):
    type = serializers.CharField(max_length=20, help_text="MOBILE or EMAIL.")
    referral = bounded_list(InviteeIn(), MAX_INVITEES, required=True, allow_null=False)


class CustomerReferralsIn(serializers.Serializer):
    customer = ReferrerIn(required=False, allow_null=True, help_text="The referrer.")
    campaignToken = Text(help_text="Defaults to the default campaign.")
    referrals = bounded_list(InviteeGroupIn(), MAX_GROUPS)


class ReferralsIn(serializers.Serializer):
    customerReferrals = bounded_list(
        CustomerReferralsIn(), MAX_CUSTOMERS, required=True, allow_null=False, allow_empty=False
    )


class ReferrerOut(serializers.Serializer):
    id = serializers.IntegerField()
    mobile = serializers.CharField()
    email = serializers.CharField()
    externalId = serializers.CharField()


class InvitedOut(serializers.Serializer):
    name = serializers.CharField()
    identifier = serializers.CharField()
    invitedOn = serializers.CharField(help_text="In the time zone of the organization.")


class InvitedGroupOut(serializers.Serializer):
    type = serializers.CharField()
    referral = InvitedOut(many=True)


class CustomerReferralsOut(serializers.Serializer):
    customer = ReferrerOut()
    campaignToken = serializers.CharField()
    referralCode = serializers.CharField(help_text="The code that the customer can share.")
    referrals = InvitedGroupOut(many=True)


class ReferralsAddedOut(serializers.Serializer):
    customerReferrals = CustomerReferralsOut(many=True)
    warnings = WarningOut(many=True)


class ReferrerNamedOut(serializers.Serializer):
    """The referrer; for a refused item, the keys from the request."""

    id = serializers.IntegerField(required=False)
    mobile = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    externalId = serializers.CharField(required=False)


class ReferralsItemOut(serializers.Serializer):
    customer = ReferrerNamedOut()
    campaignToken = serializers.CharField()
    referralCode = serializers.CharField(required=False)
    referrals = InvitedGroupOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class ReferralsOfManyOut(serializers.Serializer):
    customerReferrals = ReferralsItemOut(many=True)
    warnings = WarningOut(many=True)


class ReferralsQuery(Paging):
    pass


class TillOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class InviteeOut(serializers.Serializer):
    type = serializers.CharField()
    identifier = serializers.CharField()
    name = serializers.CharField()
    invitedOn = serializers.CharField()
    till = TillOut()
    success = serializers.BooleanField(help_text="Whether the invitee joined.")


class RefereeOut(serializers.Serializer):
    eventType = serializers.CharField(help_text="REGISTRATION or TRANSACTION.")
    userId = serializers.IntegerField()
    firstName = serializers.CharField()
    lastName = serializers.CharField()
    email = serializers.CharField(required=False)
    mobile = serializers.CharField(required=False)
    externalId = serializers.CharField(required=False)
    addedOn = serializers.CharField()


class IncentiveRedemptionOut(serializers.Serializer):
    redeemed = serializers.BooleanField()
    redeemedOn = serializers.CharField(allow_null=True)


class IncentiveCouponOut(serializers.Serializer):
    code = serializers.CharField()
    validTill = serializers.CharField(allow_null=True)
    value = serializers.FloatField()
    redemptionInfo = IncentiveRedemptionOut()


class IncentiveOut(serializers.Serializer):
    eventType = serializers.CharField()
    coupons = IncentiveCouponOut(many=True)


class ReferrerProfilesOut(Shape):
    id = serializers.IntegerField(source="customer.id")
    profiles = ProfileOut(many=True, source="customer.profiles")


class ReferralsOut(serializers.Serializer):
    customer = ReferrerProfilesOut()
    campaignToken = serializers.CharField()
    referralCode = serializers.CharField()
    invitees = InviteeOut(many=True)
    referee = RefereeOut(many=True)
    incentives = IncentiveOut(many=True)


class ReferralsPageOut(serializers.Serializer):
    pagination = PageOut()
    data = ReferralsOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]
