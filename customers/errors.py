"""Errors of the customers app (contract, sections 2 and 5.1)."""

from crm.kernel.errors import DomainError


class CustomerUnknown(DomainError):
    """No customer of the organization has this id."""

    code = "customers.customer_unknown"


class IdentifierNotFound(DomainError):
    """No customer of the organization has this identifier."""

    code = "customers.identifier_not_found"


class NoProfileInSource(DomainError):
    """The customer is known, but not in the source account named."""

    code = "customers.no_profile_in_source"


class CustomerMerged(DomainError):
    """The customer was merged into a survivor (fact: ``survivor_id``)."""

    code = "customers.customer_merged"


class ImageMissing(DomainError):
    """No picture was uploaded, or several."""

    code = "customers.image_missing"


class ImageUnreadable(DomainError):
    """The uploaded file is not a picture that can be decoded."""

    code = "customers.image_unreadable"


class ImageTooLarge(DomainError):
    """The picture has too many bytes or pixels (facts: ``megabytes``, ``megapixels``)."""

    code = "customers.image_too_large"


class ImageLinkRefused(DomainError):
    """The link to a picture has expired or is not valid."""

    code = "customers.image_link_refused"


class MergeUnknown(DomainError):
    """The organization has no such merge."""

    code = "customers.merge_unknown"


class MergeUndone(DomainError):
    """The merge is already undone."""

    code = "customers.merge_undone"


class MergeUndoBlocked(DomainError):
    """Later changes prevent undoing the merge (fact: ``blockers``, their messages)."""

    code = "customers.merge_undo_blocked"


class IdentifierInvalid(DomainError):
    """The identifier's type is unknown, or it cannot be used here (fact: ``kind``)."""

    code = "customers.identifier_invalid"


class IdentifierMissing(DomainError):
    """The request contains no identifier to find the customer by."""

    code = "customers.identifier_missing"


class MobileInvalid(DomainError):
    """The mobile number is not valid."""

    code = "customers.mobile_invalid"


class EmailInvalid(DomainError):
    """The email address is not valid."""

    code = "customers.email_invalid"


class ExternalIdInvalid(DomainError):
    """The external id is not valid."""

    code = "customers.external_id_invalid"


class ChannelInvalid(DomainError):
    """The type of the communication channel is unknown, or it has no value."""

    code = "customers.channel_invalid"


class ChannelMobileInvalid(DomainError):
    """The mobile number of a communication channel is not valid."""

    code = "customers.channel_mobile_invalid"


class ChannelEmailInvalid(DomainError):
    """The email address of a communication channel is not valid."""

    code = "customers.channel_email_invalid"


class NoIdentifier(DomainError):
    """A customer cannot be registered without any identifier."""

    code = "customers.no_identifier"


class IdentifierRegistered(DomainError):
    """The identifier is already registered in the same source account (8007)."""

    code = "customers.identifier_registered"


class IdentifierHeldInSource(DomainError):
    """Another customer has the identifier in the source account of the request (8008)."""

    code = "customers.identifier_held_in_source"


class IdentifiersOfSeveralCustomers(DomainError):
    """The identifiers belong to two or more customers (8053)."""

    code = "customers.identifiers_of_several_customers"


class SourceAccountShared(DomainError):
    """The matching customer already has a profile in this source account (8066)."""

    code = "customers.source_account_shared"


class IdentifierNotHeld(DomainError):
    """The identifier to remove is not registered in the profile named."""

    code = "customers.identifier_not_held"


class LastIdentifier(DomainError):
    """Removing this would leave the customer without any identifier."""

    code = "customers.last_identifier"


class SourceAccountMissing(DomainError):
    """A write must name its source."""

    code = "customers.source_missing"


class SourceAccountUnknown(DomainError):
    """The organization has no such source account."""

    code = "customers.source_account_unknown"


class AccountIdMissing(DomainError):
    """The source has several accounts, and the accountId is missing."""

    code = "customers.account_id_missing"


class SourceAccountTwice(DomainError):
    """Two profiles of one request name the same source account, or contradict the query."""

    code = "customers.source_account_twice"


class LoyaltyDowngrade(DomainError):
    """A loyalty customer cannot become a non-loyalty customer."""

    code = "customers.loyalty_downgrade"


class AssociatedTillUnknown(DomainError):
    """The till that the registration is to be associated with is unknown."""

    code = "customers.associated_till_unknown"


class RegistrationDateInvalid(DomainError):
    """The registration date cannot be read or lies in the future."""

    code = "customers.registration_date_invalid"


class NameInvalid(DomainError):
    """A name is too long or contains characters that are not allowed."""

    code = "customers.name_invalid"


class StatusLabelUnknown(DomainError):
    """The organization has no such status label."""

    code = "customers.status_label_unknown"


class ReasonMissing(DomainError):
    """The change needs a reason."""

    code = "customers.reason_missing"


class ReasonInvalid(DomainError):
    """The reason is too long or cannot be stored (fact: ``longest``)."""

    code = "customers.reason_invalid"


class SubscriptionChannelInvalid(DomainError):
    """The channel cannot be subscribed to."""

    code = "customers.subscription_channel_invalid"


class SubscriptionPriorityInvalid(DomainError):
    """The priority is neither TRANS nor BULK."""

    code = "customers.subscription_priority_invalid"


class SubscriptionScopeInvalid(DomainError):
    """The scope of the subscription is unknown."""

    code = "customers.subscription_scope_invalid"


class SubscriptionScopesSeveral(DomainError):
    """Only one scope can be named (1105)."""

    code = "customers.subscription_scopes_several"


class SubscriptionStatusInvalid(DomainError):
    """The type is neither OPTIN nor OPTOUT."""

    code = "customers.subscription_status_invalid"


class SubscriptionUnitUnknown(DomainError):
    """The org unit or source account is unknown (91022; facts: ``channel``, ``priority``)."""

    code = "customers.subscription_unit_unknown"


class EmbedUnknown(DomainError):
    """The requested embed does not exist."""

    code = "customers.embed_unknown"


class IdentifierTaken(DomainError):
    """Another customer has the new value of an identifier (fact: ``kind``)."""

    code = "customers.identifier_taken"


class HierarchyUnknown(DomainError):
    """The organization has no such hierarchy, or it is closed (fact: ``code``)."""

    code = "customers.hierarchy_unknown"


class HierarchyRoleUnknown(DomainError):
    """The hierarchy has no such role, or a required role is missing (fact: ``code``)."""

    code = "customers.hierarchy_role_unknown"


class HierarchyOrderBroken(DomainError):
    """The parent's role must be on the level above the child's (fact: ``role``)."""

    code = "customers.hierarchy_order_broken"


class HierarchyCycle(DomainError):
    """A customer would be their own ancestor in the hierarchy."""

    code = "customers.hierarchy_cycle"


class AssociationTaken(DomainError):
    """The customer has another role, parent or company already; an update may change that."""

    code = "customers.association_taken"


class CompanyInvalid(DomainError):
    """The company's external id cannot be used."""

    code = "customers.company_invalid"


class CompanyInactive(DomainError):
    """The company is inactive and accepts no more customers (fact: ``external_id``)."""

    code = "customers.company_inactive"
