"""The schema of referrals in v1.1, for the API page."""

from rest_framework import serializers

from crm.dialects.v1_1.body_schema import (
    ItemStatusOut,
    describe_answer,
    describe_body,
    describe_one_or_many,
)
from customers.api.v1_1.customer_lookup_schema import CustomerLookupIn, CustomerLookupOut


class InviteeIn(serializers.Serializer):
    id = serializers.CharField(required=False, help_text="Your own id; repeated in the answer.")
    name = serializers.CharField(required=False)
    identifier = serializers.CharField(help_text="A mobile number or email address.")
    invited_on = serializers.CharField(required=False, help_text="Defaults to now.")


class InviteesIn(serializers.Serializer):
    type = serializers.CharField(help_text="`MOBILE` or `EMAIL`.")
    referral = InviteeIn(many=True)


class CustomerReferralsIn(serializers.Serializer):
    campaign_token = serializers.CharField(
        required=False, help_text="Defaults to the default campaign."
    )
    referral_type = InviteesIn(many=True)


class ReferIn(CustomerLookupIn):
    referrals = CustomerReferralsIn()


class InviteeStatusOut(serializers.Serializer):
    success = serializers.ChoiceField(["true", "false"])
    code = serializers.CharField(help_text="100 if invited.")
    message = serializers.CharField()


class InvitedOut(serializers.Serializer):
    id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    identifier = serializers.CharField()
    invited_on = serializers.CharField(allow_null=True)
    status = InviteeStatusOut()


class InvitedOfTypeOut(serializers.Serializer):
    type = serializers.CharField()
    referral = InvitedOut(many=True)


class InvitedReferralsOut(serializers.Serializer):
    referral_type = InvitedOfTypeOut(many=True)


class ReferredRow(CustomerLookupOut):
    firstname = serializers.CharField(required=False)
    lastname = serializers.CharField(required=False)
    referral_code = serializers.CharField(required=False)
    referrals = InvitedReferralsOut(required=False)
    item_status = ItemStatusOut()


class TillOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class InviteeOut(serializers.Serializer):
    identifier = serializers.CharField()
    invited_on = serializers.CharField()
    till = TillOut()
    success = serializers.ChoiceField(["true", "false"], help_text="Whether the invitee joined.")


class InviteesOfTypeOut(serializers.Serializer):
    type = serializers.CharField()
    invitee = InviteeOut(many=True)


class InviteesOut(serializers.Serializer):
    referral_type = InviteesOfTypeOut(many=True)


class RefereeOut(serializers.Serializer):
    event_type = serializers.CharField(help_text="`REGISTRATION` or `TRANSACTION`.")
    user_id = serializers.CharField()
    firstname = serializers.CharField()
    lastname = serializers.CharField()
    email = serializers.CharField()
    mobile = serializers.CharField()
    external_id = serializers.CharField()
    added_on = serializers.CharField()


class RefereesOut(serializers.Serializer):
    referee = RefereeOut(many=True)


class RedemptionInfoOut(serializers.Serializer):
    redeemed = serializers.ChoiceField(["true", "false"])
    redeemed_on = serializers.CharField(allow_null=True)


class IncentiveCouponOut(serializers.Serializer):
    code = serializers.CharField()
    valid_till = serializers.CharField(allow_null=True)
    value = serializers.CharField()
    redemption_info = RedemptionInfoOut()


class IncentiveCouponsOut(serializers.Serializer):
    coupon = IncentiveCouponOut(many=True)


class IncentivesOfEventOut(serializers.Serializer):
    name = serializers.CharField()
    coupons = IncentiveCouponsOut()


class IncentivesOut(serializers.Serializer):
    event_type = IncentivesOfEventOut(many=True)


class ReferralsRow(CustomerLookupOut):
    firstname = serializers.CharField(required=False)
    lastname = serializers.CharField(required=False)
    referral_code = serializers.CharField(required=False)
    invitees = InviteesOut(required=False)
    referees = RefereesOut(required=False)
    incentives = IncentivesOut(required=False)
    item_status = ItemStatusOut()


REFER = describe_body("Refer", "customer", ReferIn)
REFERRED = describe_answer("Referred", "customers", "customer", ReferredRow)
REFERRALS = describe_one_or_many("Referrals", "customers", "customer", ReferralsRow)
