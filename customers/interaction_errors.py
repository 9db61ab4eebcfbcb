"""Every reason why an interaction is not written down, by name."""

from crm.kernel.errors import DomainError


class InteractionInvalid(DomainError):
    """An interaction cannot be kept as it is told (fact: ``field``, what is wrong with it)."""

    code = "customers.interaction_invalid"


class InteractionReferenceTaken(DomainError):
    """The reference stands for another interaction."""

    code = "customers.interaction_reference_taken"
