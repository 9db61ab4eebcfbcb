"""The bodies of referrals in v1.1, for the API page."""

from rest_framework import serializers

from crm.dialects.v1_1.schema import ItemStatusOut, answer_of, body_of, one_or_many_of
from customers.api.v1_1.whom_schema import WhomIn, WhomOut


class InviteeIn(serializers.Serializer):
    id = serializers.CharField(required=False, help_text="Your own number of it; shown again.")
    name = serializers.CharField(required=False)
    identifier = serializers.CharField(help_text="A mobile number or email address.")
    invited_on = serializers.CharField(required=False, help_text="Now when left out.")


class InviteesIn(serializers.Serializer):
    type = serializers.CharField(help_text="`MOBILE` or `EMAIL`.")
    referral = InviteeIn(many=True)


class CustomerReferralsIn(serializers.Serializer):
    campaign_token = serializers.CharField(
        required=False, help_text="The default campaign when left out."
    )
    referral_type = InviteesIn(many=True)


class ReferIn(WhomIn):
    referrals = CustomerReferralsIn()


class InviteeStatusOut(serializers.Serializer):
    success = serializers.ChoiceField(["true", "false"])
    code = serializers.CharField(help_text="100 when done.")
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


class ReferredRow(WhomOut):
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
    success = serializers.ChoiceField(["true", "false"], help_text="Whether they came.")


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


class ReferralsRow(WhomOut):
    firstname = serializers.CharField(required=False)
    lastname = serializers.CharField(required=False)
    referral_code = serializers.CharField(required=False)
    invitees = InviteesOut(required=False)
    referees = RefereesOut(required=False)
    incentives = IncentivesOut(required=False)
    item_status = ItemStatusOut()


REFER = body_of("Refer", "customer", ReferIn)
REFERRED = answer_of("Referred", "customers", "customer", ReferredRow)
REFERRALS = one_or_many_of("Referrals", "customers", "customer", ReferralsRow)
