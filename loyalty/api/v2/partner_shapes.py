"""The bodies and answers of the operations on partners' programs (v2)."""

from rest_framework import serializers

from crm.dialects.v2.serializer_fields import IdField
from customers.api.v2.field_types import IdentifierValue, Text, bounded_list
from customers.api.v2.shared_schema import WarningOut
from loyalty.api.v2.coupon_input import CouponCustomerIn
from loyalty.api.v2.coupon_shapes import StatusCodeOut

MAX_PARTNERS = 20  # partner programs of one customer in a request
PROGRAM_HELP = "The loyalty program; needed only if several have a partner of this name."


class PartnerIn(serializers.Serializer):
    partnerProgramName = Text(help_text="In any case.")
    programId = IdField(required=False, allow_null=True, help_text=PROGRAM_HELP)


class PartnerLinkIn(PartnerIn):
    membershipId = IdentifierValue(
        required=False, allow_null=True, help_text="The customer's number at the partner."
    )
    partnerMembershipId = IdentifierValue(
        required=False, allow_null=True, help_text="The same as `membershipId`."
    )
    tierName = Text(help_text="Needed if the partner program has tiers.")
    partnerTierName = Text(help_text="The same as `tierName`.")
    tierExpiryDate = Text(help_text="When the tier expires; a date ends at 23:59:59.")
    partnerTierExpiryDate = Text(help_text="The same as `tierExpiryDate`.")
    linkDate = Text(help_text="When the customer was linked. Default: now.")


class PartnerTierIn(serializers.Serializer):
    updatedTierName = Text(help_text="Default: the present tier.")
    updatedTierExpiryDate = Text(help_text="When the tier expires; a date ends at 23:59:59.")


class PartnerUpdateIn(PartnerIn):
    updateType = Text(
        help_text="UPGRADE, DOWNGRADE, RENEWAL, or TIER_UPDATE for any of them (default)."
    )
    updateDetails = PartnerTierIn(required=False, allow_null=True)


class PartnerUnlinkIn(PartnerIn):
    reason = Text()


def _partners(child: serializers.Serializer) -> serializers.ListSerializer:
    return bounded_list(child, MAX_PARTNERS, required=True, allow_null=False, allow_empty=False)


class LinkItemIn(serializers.Serializer):
    customer = CouponCustomerIn()
    linkToPartnerPrograms = _partners(PartnerLinkIn())


class LinkBatchIn(serializers.Serializer):
    linkCustomers = LinkItemIn(many=True)


class UpdateItemIn(serializers.Serializer):
    customer = CouponCustomerIn()
    partnerProgramUpdates = _partners(PartnerUpdateIn())


class UpdateBatchIn(serializers.Serializer):
    customersPartnerUpdates = UpdateItemIn(many=True)


class UnlinkItemIn(serializers.Serializer):
    customer = CouponCustomerIn()
    deLinkFromPartnerPrograms = _partners(PartnerUnlinkIn())


class UnlinkBatchIn(serializers.Serializer):
    deLinkCustomers = UnlinkItemIn(many=True)


class PartnerCustomerOut(serializers.Serializer):
    id = serializers.IntegerField(allow_null=True, help_text="Null: nobody was found.")
    mobile = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    externalId = serializers.CharField(allow_null=True)
    status = StatusCodeOut(help_text="Whether the item could be read and the customer was found.")


class PartnerLinkOut(serializers.Serializer):
    partnerProgramName = serializers.CharField(allow_blank=True)
    partnerLinkStatus = StatusCodeOut(help_text="91112: linked already, nothing changed.")


class PartnerUpdateOut(serializers.Serializer):
    partnerProgramName = serializers.CharField(allow_blank=True)
    partnerUpdateStatus = StatusCodeOut(help_text="91113: the same already, nothing changed.")


class PartnerUnlinkOut(serializers.Serializer):
    partnerProgramName = serializers.CharField(allow_blank=True)
    partnerDeLinkStatus = StatusCodeOut()


class LinkedCustomerOut(serializers.Serializer):
    customer = PartnerCustomerOut()
    linkToPartnerPrograms = PartnerLinkOut(many=True)


class LinkedCustomersOut(serializers.Serializer):
    linkCustomers = LinkedCustomerOut(many=True)
    warnings = WarningOut(many=True)


class UpdatedCustomerOut(serializers.Serializer):
    customer = PartnerCustomerOut()
    partnerProgramUpdates = PartnerUpdateOut(many=True)


class UpdatedCustomersOut(serializers.Serializer):
    customersPartnerUpdates = UpdatedCustomerOut(many=True)
    warnings = WarningOut(many=True)


class UnlinkedCustomerOut(serializers.Serializer):
    customer = PartnerCustomerOut()
    deLinkFromPartnerPrograms = PartnerUnlinkOut(many=True)


class UnlinkedCustomersOut(serializers.Serializer):
    deLinkCustomers = UnlinkedCustomerOut(many=True)
    warnings = WarningOut(many=True)
