"""The bodies and queries of the operations on referrals."""

from rest_framework import serializers

from crm.dialects.v2.pagination import Paging
from customers.api.v2.field_types import IdentifierValue, Text, bounded_list
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


class ReferralsQuery(Paging):
    pass
