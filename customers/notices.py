"""Warnings of the customers app: what a caller should know although the work was done."""

COMBINED = "customers.combined"  # 8050: the profile joined a customer known elsewhere
MERGED = "customers.merged"  # 8051: two customers became one (fact: survivor_id)
FIELD_INVALID = "customers.field_invalid"  # 1017: a custom field was passed over (fact: name)
EXTENDED_FIELD_INVALID = "customers.extended_field_invalid"  # 91015 (fact: name)
IDENTIFIER_UNCHANGED = "customers.identifier_unchanged"  # 91006: updates change none (fact: kind)
SEARCH_CAPPED = "customers.search_capped"  # the total is a lower bound
