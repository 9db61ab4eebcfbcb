"""Every reason tenancy may say no, by name (contract, section 3)."""

from crm.kernel.errors import DomainError


class CredentialRefused(DomainError):
    """The log-in is unknown, disabled, or its secret is wrong."""

    code = "tenancy.credential_refused"


class ScopeMissing(DomainError):
    """The credential lacks the scope that the operation needs (fact: ``scope``)."""

    code = "tenancy.scope_missing"


class AttributionUnknown(DomainError):
    """The entity that the write is to be attributed to is unknown (91021)."""

    code = "tenancy.attribution_unknown"


class IdempotencyKeyReused(DomainError):
    """The Idempotency-Key was used for something else."""

    code = "tenancy.idempotency_key_reused"


class IdempotencyKeyRunning(DomainError):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "tenancy.idempotency_key_running"


class IdempotencyKeyInvalid(DomainError):
    """The Idempotency-Key is empty, too long, or not printable ASCII."""

    code = "tenancy.idempotency_key_invalid"
