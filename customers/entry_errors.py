"""Errors of v1.1 registrations that lack what the organization requires (contract, 5.2)."""

from crm.kernel.errors import DomainError


class MobileMissing(DomainError):
    """The organization requires a mobile number for registration."""

    code = "customers.mobile_missing"


class EmailMissing(DomainError):
    """The organization requires an email address for registration."""

    code = "customers.email_missing"


class ExternalIdMissing(DomainError):
    """The organization requires an external id for registration."""

    code = "customers.external_id_missing"


class MobileMissingForLoyalty(DomainError):
    """The organization requires a mobile number for loyalty customers."""

    code = "customers.mobile_missing_for_loyalty"


class EmailMissingForLoyalty(DomainError):
    """The organization requires an email address for loyalty customers."""

    code = "customers.email_missing_for_loyalty"


class ExternalIdMissingForLoyalty(DomainError):
    """The organization requires an external id for loyalty customers."""

    code = "customers.external_id_missing_for_loyalty"


class FieldMissing(DomainError):
    """A field that is mandatory for registration is missing (fact: ``name``)."""

    code = "customers.field_missing"
