"""Every reason why nobody is invited, by name."""

from crm.kernel.errors import DomainError


class CampaignUnknown(DomainError):
    """The organization has no referral campaign of this token (1202)."""

    code = "loyalty.campaign_unknown"


class CampaignNotRunning(DomainError):
    """The campaign is off, has not begun or is over; or none was named and none is the default."""

    code = "loyalty.campaign_not_running"


class ReferrerNotEligible(DomainError):
    """The customer may not invite anybody: they are marked as fraud (1204)."""

    code = "loyalty.referrer_not_eligible"


class ReferrerNotFound(DomainError):
    """The customer has never taken part in the campaign (1205)."""

    code = "loyalty.referrer_not_found"


class ReferralTypeUnsupported(DomainError):
    """People are invited by mobile and by email only (1206)."""

    code = "loyalty.referral_type_unsupported"


class InviteeInvalid(DomainError):
    """The invitee's mobile or email, name or date cannot be read (fact: ``identifier``)."""

    code = "loyalty.invitee_invalid"


class InviteeIsCustomer(DomainError):
    """The invitee is a customer already, whom the campaign does not take (fact: ``identifier``)."""

    code = "loyalty.invitee_is_customer"


class InviteeIsReferrer(DomainError):
    """The customer would invite themselves (fact: ``identifier``)."""

    code = "loyalty.invitee_is_referrer"


class InvitationLimitReached(DomainError):
    """The customer invited as many people as the campaign allows (fact: ``limit``)."""

    code = "loyalty.invitation_limit_reached"


class StoreUnknown(DomainError):
    """The organization has no such store (1150)."""

    code = "loyalty.store_unknown"
