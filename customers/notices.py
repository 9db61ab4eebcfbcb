"""Warnings of the customers app: the request succeeded, with these reservations."""

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
