"""The errors of referrals."""

from crm.kernel.errors import DomainError


class CampaignUnknown(DomainError):
    """The organization has no referral campaign of this token (1202)."""

    code = "loyalty.campaign_unknown"


class CampaignNotRunning(DomainError):
    """The campaign is inactive, has not begun or has ended; or there is no default campaign."""

    code = "loyalty.campaign_not_running"


class ReferrerNotEligible(DomainError):
    """The customer is marked as fraud and cannot invite others (1204)."""

    code = "loyalty.referrer_not_eligible"


class ReferrerNotFound(DomainError):
    """The customer has no referral code in the campaign (1205)."""

    code = "loyalty.referrer_not_found"


class ReferralTypeUnsupported(DomainError):
    """Only mobiles and emails can be invited (1206)."""

    code = "loyalty.referral_type_unsupported"


class InviteeInvalid(DomainError):
    """The invitee's identifier, name or date is invalid (fact: ``identifier``)."""

    code = "loyalty.invitee_invalid"


class InviteeIsCustomer(DomainError):
    """The invitee is a customer already; the campaign does not allow it (fact: ``identifier``)."""

    code = "loyalty.invitee_is_customer"


class InviteeIsReferrer(DomainError):
    """The invitee is the referrer (fact: ``identifier``)."""

    code = "loyalty.invitee_is_referrer"


class InvitationLimitReached(DomainError):
    """The customer reached the invitation limit of the campaign (fact: ``limit``)."""

    code = "loyalty.invitation_limit_reached"


class StoreUnknown(DomainError):
    """The organization has no such store (1150)."""

    code = "loyalty.store_unknown"
