"""Warnings of the customers app: the request succeeded, with these reservations."""

from collections.abc import Mapping

from crm.kernel.errors import mark_sentence as _

COMBINED = "customers.combined"  # 8050: the profile joined a customer known elsewhere
MERGED = "customers.merged"  # 8051: two customers became one (fact: survivor_id)
MERGE_REQUESTED = "customers.merge_requested"  # 1040: the merge needs approval (fact: request_id)
FIELD_INVALID = "customers.field_invalid"  # 1017: a custom field was left out (fact: name)
EXTENDED_FIELD_INVALID = "customers.extended_field_invalid"  # 91015 (fact: name)
IDENTIFIER_UNCHANGED = "customers.identifier_unchanged"  # 91006: updates change none (fact: kind)
SEARCH_CAPPED = "customers.search_capped"  # the total is a lower bound
NOTES_PARTLY = "customers.notes_partly"  # 1036: some notes of the list were left out
PREFERENCES_PARTLY = "customers.preferences_partly"  # 1035: some preferences were left out
PREFERRED_STORE_UNKNOWN = "customers.preferred_store_unknown"  # the organization has no such store
SEARCH_PARTIAL = "customers.search_partial"  # not all candidates were examined (fact: most)
IDENTIFIER_LEFT_OUT = "customers.identifier_left_out"  # 91007: another customer has it (fact: kind)
PRIMARY_UNCHANGED = "customers.primary_unchanged"  # 91005: never updated by tills (fact: kind)

MESSAGES: Mapping[str, str] = {
    COMBINED: _("The customer is known in another source; the profile was added to them."),
    MERGED: _("The identifier belongs to customer {survivor_id}, with whom this one was merged."),
    MERGE_REQUESTED: _(
        "Nothing was changed: the merge with customer {survivor_id} waits for an approver, as "
        "request {request_id}."
    ),
    FIELD_INVALID: _("Left out: the custom field {name} is unknown or its value does not fit."),
    EXTENDED_FIELD_INVALID: _(
        "The extended field {name} is unknown or its value does not fit; it was left out."
    ),
    IDENTIFIER_UNCHANGED: _("The {kind} was left as it is: this operation changes no identifiers."),
    SEARCH_CAPPED: _("More customers match than were counted: the count is a lower bound."),
    NOTES_PARTLY: _("Some notes could not be added or updated."),
    PREFERENCES_PARTLY: _("Some preferences could not be updated."),
    PREFERRED_STORE_UNKNOWN: _("The preferred store is unknown."),
    SEARCH_PARTIAL: _("Only the first {most} customers were looked at: there may be more matches."),
    IDENTIFIER_LEFT_OUT: _("Left out: somebody else has the {kind}."),
    PRIMARY_UNCHANGED: _("The primary identifier is not updated: {kind}."),
}
