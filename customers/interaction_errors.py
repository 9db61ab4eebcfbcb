"""Errors of recording interactions."""

from crm.kernel.errors import DomainError


class InteractionInvalid(DomainError):
    """A field of an interaction is not valid (fact: ``field``)."""

    code = "customers.interaction_invalid"


class InteractionReferenceTaken(DomainError):
    """Another interaction has this reference."""

    code = "customers.interaction_reference_taken"
