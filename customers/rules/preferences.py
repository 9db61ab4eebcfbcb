"""Preferences: how the preferred store is named among the fields."""

from customers.rules.text import folded

# Reads answer the store under this name, beside the organization's own fields.
PREFERRED_STORE = "PREFERRED_STORE"


def names_the_store(name: str) -> bool:
    """Whether a field of this name is the preferred store."""
    return folded(name) == folded(PREFERRED_STORE)
