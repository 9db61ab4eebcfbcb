"""What an organization asks of whom a till enters (contract, 5.2)."""

from crm.kernel.errors import DomainError


class MobileMissing(DomainError):
    """The organization registers nobody without a mobile number."""

    code = "customers.mobile_missing"


class EmailMissing(DomainError):
    """The organization registers nobody without an email address."""

    code = "customers.email_missing"


class ExternalIdMissing(DomainError):
    """The organization registers nobody without an external id."""

    code = "customers.external_id_missing"


class MobileMissingForLoyalty(DomainError):
    """Nobody becomes a loyalty customer without a mobile number."""

    code = "customers.mobile_missing_for_loyalty"


class EmailMissingForLoyalty(DomainError):
    """Nobody becomes a loyalty customer without an email address."""

    code = "customers.email_missing_for_loyalty"


class ExternalIdMissingForLoyalty(DomainError):
    """Nobody becomes a loyalty customer without an external id."""

    code = "customers.external_id_missing_for_loyalty"


class FieldMissing(DomainError):
    """A field that must be said on registration was not (fact: ``name``)."""

    code = "customers.field_missing"
