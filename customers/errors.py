"""Every refusal of the customers app, with its sentence (contract, sections 2 and 5)."""

from crm.kernel.errors import DomainError
from crm.kernel.errors import mark_sentence as _


class CustomerUnknown(DomainError):
    """No customer of the organization has this id."""

    code = "customers.customer_unknown"
    message = _("No customer has this id.")


class IdentifierNotFound(DomainError):
    """No customer of the organization has this identifier."""

    code = "customers.identifier_not_found"
    message = _("No customer has this identifier.")


class CustomerChangedMeanwhile(DomainError):
    """The customer was changed after the caller looked."""

    code = "customers.customer_changed_meanwhile"
    message = _("Somebody else changed the customer meanwhile.")


class NoProfileInSource(DomainError):
    """The customer is known, but not in the source account named."""

    code = "customers.no_profile_in_source"
    message = _("The customer has no profile in this source account.")


class CustomerMerged(DomainError):
    """The customer was merged into a survivor (fact: ``survivor_id``)."""

    code = "customers.customer_merged"
    message = _("The customer was merged into customer {survivor_id}.")


class ImageMissing(DomainError):
    """No picture was uploaded, or several."""

    code = "customers.image_missing"
    message = _("Pass exactly one picture, as the file of the form's field file.")


class ImageUnreadable(DomainError):
    """The uploaded file is not a picture that can be decoded."""

    code = "customers.image_unreadable"
    message = _("The file is no picture: a JPEG, PNG, GIF or WebP that is whole.")


class ImageTooLarge(DomainError):
    """The picture has too many bytes or pixels (facts: ``megabytes``, ``megapixels``)."""

    code = "customers.image_too_large"
    message = _("A picture has at most {megabytes} MiB and {megapixels} million pixels.")


class ImageLinkRefused(DomainError):
    """The link to a picture has expired or is not valid."""

    code = "customers.image_link_refused"
    message = _("The link has expired, or is not one.")


class MergeUnknown(DomainError):
    """The organization has no such merge."""

    code = "customers.merge_unknown"
    message = _("There is no such merge.")


class MergeUndone(DomainError):
    """The merge is already undone."""

    code = "customers.merge_undone"
    message = _("The merge was undone before.")


class MergeUndoBlocked(DomainError):
    """Later changes prevent undoing the merge (fact: ``blockers``, their messages)."""

    code = "customers.merge_undo_blocked"
    message = _("The merge cannot be undone: {blockers}")


class IdentifierInvalid(DomainError):
    """The identifier's type is unknown, or it cannot be used here (fact: ``kind``)."""

    code = "customers.identifier_invalid"
    message = _("The mobile number, email address or external id cannot be used.")


class IdentifierMissing(DomainError):
    """The request contains no identifier to find the customer by."""

    code = "customers.identifier_missing"
    message = _("No identifier was passed.")


class MobileInvalid(DomainError):
    """The mobile number is not valid."""

    code = "customers.mobile_invalid"
    message = _("The mobile number cannot be read.")


class EmailInvalid(DomainError):
    """The email address is not valid."""

    code = "customers.email_invalid"
    message = _("The email address cannot be read.")


class ExternalIdInvalid(DomainError):
    """The external id is not valid."""

    code = "customers.external_id_invalid"
    message = _("The external id cannot be used.")


class ChannelInvalid(DomainError):
    """The type of the communication channel is unknown, or it has no value."""

    code = "customers.channel_invalid"
    message = _("The communication channel is of no known type, or has no usable value.")


class ChannelMobileInvalid(DomainError):
    """The mobile number of a communication channel is not valid."""

    code = "customers.channel_mobile_invalid"
    message = _("The mobile number of a communication channel cannot be read.")


class ChannelEmailInvalid(DomainError):
    """The email address of a communication channel is not valid."""

    code = "customers.channel_email_invalid"
    message = _("The email address of a communication channel cannot be read.")


class NoIdentifier(DomainError):
    """A customer cannot be registered without any identifier."""

    code = "customers.no_identifier"
    message = _("Not registered: no usable mobile number, email address or external id.")


class NonLoyaltyWithoutIdentifier(DomainError):
    """A customer outside loyalty has neither a mobile number nor an email address (1045)."""

    code = "customers.non_loyalty_without_identifier"
    message = _("A customer outside loyalty needs a mobile number or an email address.")


class IdentifierRegistered(DomainError):
    """The identifier is already registered in the same source account (8007)."""

    code = "customers.identifier_registered"
    message = _("The identifier is registered already in this same source account.")


class IdentifierHeldInSource(DomainError):
    """Another customer has the identifier in the source account of the request (8008)."""

    code = "customers.identifier_held_in_source"
    message = _("Another customer has the identifier in this same source account.")


class IdentifiersOfSeveralCustomers(DomainError):
    """The identifiers belong to two or more customers (8053)."""

    code = "customers.identifiers_of_several_customers"
    message = _("The identifiers belong to several customers, who cannot be combined this way.")


class SourceAccountShared(DomainError):
    """The matching customer already has a profile in this source account (8066)."""

    code = "customers.source_account_shared"
    message = _("The customers share a source account, so they cannot be combined.")


class IdentifierNotHeld(DomainError):
    """The identifier to remove is not registered in the profile named."""

    code = "customers.identifier_not_held"
    message = _("The identifier to remove is not registered in this source account.")


class LastIdentifier(DomainError):
    """Removing this would leave the customer without any identifier."""

    code = "customers.last_identifier"
    message = _("The customer would be left without any identifier.")


class SourceAccountMissing(DomainError):
    """A write must name its source."""

    code = "customers.source_missing"
    message = _("A change must name its source.")


class SourceAccountUnknown(DomainError):
    """The organization has no such source account."""

    code = "customers.source_account_unknown"
    message = _("There is no such source account.")


class AccountIdMissing(DomainError):
    """The source has several accounts, and the accountId is missing."""

    code = "customers.account_id_missing"
    message = _("The source has several accounts.")


class SourceAccountTwice(DomainError):
    """Two profiles of one request name the same source account, or contradict the query."""

    code = "customers.source_account_twice"
    message = _("The source account is named twice.")


class LoyaltyDowngrade(DomainError):
    """A loyalty customer cannot become a non-loyalty customer."""

    code = "customers.loyalty_downgrade"
    message = _("A loyalty customer cannot become a non-loyalty customer.")


class AssociatedTillUnknown(DomainError):
    """The till that the registration is to be associated with is unknown."""

    code = "customers.associated_till_unknown"
    message = _("The till to associate the customer with is unknown.")


class RegistrationDateInvalid(DomainError):
    """The registration date cannot be read or lies in the future."""

    code = "customers.registration_date_invalid"
    message = _("The registration date cannot be read or lies in the future.")


class NameInvalid(DomainError):
    """A name is too long or contains characters that are not allowed."""

    code = "customers.name_invalid"
    message = _("A name is too long or holds characters that no name has.")


class StatusLabelUnknown(DomainError):
    """The organization has no such status label."""

    code = "customers.status_label_unknown"
    message = _("There is no such status label.")


class ReasonMissing(DomainError):
    """The change needs a reason."""

    code = "customers.reason_missing"
    message = _("Pass a reason for the change.")


class ReasonInvalid(DomainError):
    """The reason is too long or cannot be stored (fact: ``longest``)."""

    code = "customers.reason_invalid"
    message = _("The reason is too long (at most {longest} characters) or cannot be kept.")


class SubscriptionChannelInvalid(DomainError):
    """The channel cannot be subscribed to."""

    code = "customers.subscription_channel_invalid"
    message = _("The channel cannot be subscribed to.")


class SubscriptionPriorityInvalid(DomainError):
    """The priority is neither TRANS nor BULK."""

    code = "customers.subscription_priority_invalid"
    message = _("The priority is neither TRANS nor BULK.")


class SubscriptionScopeInvalid(DomainError):
    """The scope of the subscription is unknown."""

    code = "customers.subscription_scope_invalid"
    message = _("The scope is unknown.")


class SubscriptionScopesSeveral(DomainError):
    """Only one scope can be named (1105)."""

    code = "customers.subscription_scopes_several"
    message = _("Only one scope can be passed.")


class SubscriptionStatusInvalid(DomainError):
    """The type is neither OPTIN nor OPTOUT."""

    code = "customers.subscription_status_invalid"
    message = _("The subscription is neither OPTIN nor OPTOUT.")


class CampaignIdInvalid(DomainError):
    """A campaign id is a whole number, or -1 for none (1107)."""

    code = "customers.campaign_id_invalid"
    message = _("The campaign id is not a whole number from -1 on.")


class CommunicationIdInvalid(DomainError):
    """The id of a message is a whole number, or -1 for none (1108)."""

    code = "customers.communication_id_invalid"
    message = _("The communication id is not a whole number from -1 on.")


class SubscriptionUnitUnknown(DomainError):
    """The org unit or source account is unknown (91022; facts: ``channel``, ``priority``)."""

    code = "customers.subscription_unit_unknown"
    message = _(
        "The subscription of channel {channel} and priority {priority} was not changed: its org "
        "unit or source account is unknown."
    )


class EmbedUnknown(DomainError):
    """The requested embed does not exist."""

    code = "customers.embed_unknown"
    message = _("There is nothing to embed by this name: {name}.")


class IdentifierTaken(DomainError):
    """Another customer has the new value of an identifier (fact: ``kind``)."""

    code = "customers.identifier_taken"
    message = _("Another customer has this {kind}.")


class HierarchyUnknown(DomainError):
    """The organization has no such hierarchy, or it is closed (fact: ``code``)."""

    code = "customers.hierarchy_unknown"
    message = _("There is no such hierarchy: {code}")


class HierarchyRoleUnknown(DomainError):
    """The hierarchy has no such role, or a required role is missing (fact: ``code``)."""

    code = "customers.hierarchy_role_unknown"
    message = _("The hierarchy has no such role, or none was named: {code}")


class HierarchyOrderBroken(DomainError):
    """The parent's role must be on the level above the child's (fact: ``role``)."""

    code = "customers.hierarchy_order_broken"
    message = _("The role {role} breaks the order of the hierarchy: a parent stands right above.")


class HierarchyCycle(DomainError):
    """A customer would be their own ancestor in the hierarchy."""

    code = "customers.hierarchy_cycle"
    message = _("A customer would stand above themselves in the hierarchy.")


class AssociationTaken(DomainError):
    """The customer has another role, parent or company already; an update may change that."""

    code = "customers.association_taken"
    message = _(
        "The customer has another role, parent or company already; update them to change that."
    )


class CompanyInvalid(DomainError):
    """The company's external id cannot be used."""

    code = "customers.company_invalid"
    message = _("The company's external id is missing or cannot be used.")


class CompanyInactive(DomainError):
    """The company is inactive and accepts no more customers (fact: ``external_id``)."""

    code = "customers.company_inactive"
    message = _("The company {external_id} takes in nobody any more.")


# --- What v1.1 registrations lack (contract, 5.2) -----------------------------------------------


class MobileMissing(DomainError):
    """The organization requires a mobile number for registration."""

    code = "customers.mobile_missing"
    message = _("A mobile number is required.")


class EmailMissing(DomainError):
    """The organization requires an email address for registration."""

    code = "customers.email_missing"
    message = _("An email address is required.")


class ExternalIdMissing(DomainError):
    """The organization requires an external id for registration."""

    code = "customers.external_id_missing"
    message = _("An external id is required.")


class MobileMissingForLoyalty(DomainError):
    """The organization requires a mobile number for loyalty customers."""

    code = "customers.mobile_missing_for_loyalty"
    message = _("Loyalty needs a mobile number.")


class EmailMissingForLoyalty(DomainError):
    """The organization requires an email address for loyalty customers."""

    code = "customers.email_missing_for_loyalty"
    message = _("Loyalty needs an email address.")


class ExternalIdMissingForLoyalty(DomainError):
    """The organization requires an external id for loyalty customers."""

    code = "customers.external_id_missing_for_loyalty"
    message = _("Loyalty needs an external id.")


class FieldMissing(DomainError):
    """A field that is mandatory for registration is missing (fact: ``name``)."""

    code = "customers.field_missing"
    message = _("The custom field {name} is required.")


# --- Notes, tickets and preferences -------------------------------------------------------------


class NotesNotWritten(DomainError):
    """None of the notes is valid (1037; fact: ``field``, of the first one)."""

    code = "customers.notes_not_written"
    message = _("The notes could not be added or updated: {field}.")


class NoteInvalid(DomainError):
    """A field of a note is missing or not valid (fact: ``field``)."""

    code = "customers.note_invalid"
    message = _("A note cannot be kept: see its {field}.")


class NotesNone(DomainError):
    """The customer has no such notes (1028)."""

    code = "customers.notes_none"
    message = _("The customer has no such notes.")


class TicketSubjectMissing(DomainError):
    """A ticket needs a subject (1303)."""

    code = "customers.ticket_subject_missing"
    message = _("The ticket needs a subject.")


class TicketSubjectTaken(DomainError):
    """The customer has an open ticket with this subject (1301; fact: ``ticket``)."""

    code = "customers.ticket_subject_taken"
    message = _("The customer has a ticket with this subject already.")


class TicketCodeTaken(DomainError):
    """Another ticket of the organization has this code."""

    code = "customers.ticket_code_taken"
    message = _("Another ticket has the code {ticket}.")


class TicketInvalid(DomainError):
    """A field of a ticket is not valid (1302; fact: ``field``)."""

    code = "customers.ticket_invalid"
    message = _("The ticket could not be kept: see its {field}.")


class TicketAssigneeUnknown(DomainError):
    """The assignee is not an active staff member of the organization."""

    code = "customers.ticket_assignee_unknown"
    message = _("The ticket cannot be assigned to them.")


class TicketUnknown(DomainError):
    """The organization has no such ticket."""

    code = "customers.ticket_unknown"
    message = _("There is no such ticket.")


class TicketChangedMeanwhile(DomainError):
    """The ticket was changed or answered after the page was opened."""

    code = "customers.ticket_changed_meanwhile"
    message = _("Somebody else changed the ticket meanwhile.")


class TicketFilterInvalid(DomainError):
    """The value of a ticket filter is not valid (fact: ``field``)."""

    code = "customers.ticket_filter_invalid"
    message = _("Tickets cannot be told apart by this {field}.")


class PreferencesNotUpdated(DomainError):
    """None of the preferences is valid (1030)."""

    code = "customers.preferences_not_updated"
    message = _("The preferences could not be updated.")


class PreferencesNone(DomainError):
    """The customer has set no preferences (1031)."""

    code = "customers.preferences_none"
    message = _("The customer has set no preferences.")


# --- Searches -----------------------------------------------------------------------------------


class SearchTextInvalid(DomainError):
    """The search text must have 1 to 100 characters."""

    code = "customers.search_text_invalid"
    message = _("The search text must have 1 to 100 characters.")


class QueryMalformed(DomainError):
    """The query of an advanced search is not valid (facts: ``position``, ``reason``)."""

    code = "customers.query_malformed"
    message = _("The query cannot be understood at character {position}: {reason}.")


# --- Interactions -------------------------------------------------------------------------------


class InteractionInvalid(DomainError):
    """A field of an interaction is not valid (fact: ``field``)."""

    code = "customers.interaction_invalid"
    message = _("The interaction cannot be kept: see its {field}.")


class InteractionReferenceTaken(DomainError):
    """Another interaction has this reference."""

    code = "customers.interaction_reference_taken"
    message = _("The reference stands for another interaction.")


class CodeChannelMissing(DomainError):
    """There is no mobile number or email address to send the code to."""

    code = "customers.code_channel_missing"
    message = _("There is no mobile number or email address to send a code to.")


class CodeSentRecently(DomainError):
    """A code was sent a moment ago (fact: ``seconds``)."""

    code = "customers.code_sent_recently"
    message = _("A code was sent a moment ago; ask again in {seconds} seconds.")


class CodeInvalid(DomainError):
    """This is not the code that was sent, or it was used before."""

    code = "customers.code_invalid"
    message = _("The code is not the one that was sent, or it was used before.")


class CodeExpired(DomainError):
    """The code is too old, or was tried too often."""

    code = "customers.code_expired"
    message = _("The code is too old or was tried too often; ask for a new one.")


class FraudStatusInvalid(DomainError):
    """There is no such fraud status (fact: ``status``)."""

    code = "customers.fraud_status_invalid"
    message = _(
        "The fraud status is NONE, MARKED, CONFIRMED, RECONFIRMED or INTERNAL, not {status}."
    )


class StatusBlocksEarning(DomainError):
    """The customer's status label blocks earning (fact: ``label``)."""

    code = "customers.status_blocks_earning"
    message = _("A customer with the status {label} earns no points.")


class StatusBlocksRedeeming(DomainError):
    """The customer's status label blocks redeeming points and coupons (fact: ``label``)."""

    code = "customers.status_blocks_redeeming"
    message = _("A customer with the status {label} redeems nothing.")


class StatusBlocksTransfers(DomainError):
    """The customer's status label blocks transfers of points (fact: ``label``)."""

    code = "customers.status_blocks_transfers"
    message = _("A customer with the status {label} neither gives nor receives points.")


class StatusBlocksCards(DomainError):
    """The customer's status label blocks issuing cards (fact: ``label``)."""

    code = "customers.status_blocks_cards"
    message = _("A customer with the status {label} gets no card.")


class StatusBlocksCoupons(DomainError):
    """The customer's status label blocks issuing coupons (fact: ``label``)."""

    code = "customers.status_blocks_coupons"
    message = _("A customer with the status {label} gets no coupon.")


class StatusBlocksGoodwill(DomainError):
    """The customer's status label blocks goodwill (fact: ``label``)."""

    code = "customers.status_blocks_goodwill"
    message = _("A customer with the status {label} gets no goodwill.")


class StatusBlocksUpdates(DomainError):
    """The customer's status label blocks updates (fact: ``label``)."""

    code = "customers.status_blocks_updates"
    message = _("A customer with the status {label} is not changed.")
