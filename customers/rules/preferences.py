"""The preferred store among the preference fields."""

from customers.rules.text import fold_name

# Responses contain the store under this name, beside the organization's own fields.
PREFERRED_STORE = "PREFERRED_STORE"


def is_preferred_store_name(name: str) -> bool:
    """Return whether a field of this name is the preferred store."""
    return fold_name(name) == fold_name(PREFERRED_STORE)
