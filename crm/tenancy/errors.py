"""Domain errors of tenancy (contract, section 3)."""

from crm.kernel.errors import DomainError


class CredentialRefused(DomainError):
    """The log-in is unknown, disabled, or its secret is wrong."""

    code = "tenancy.credential_refused"


class ScopeMissing(DomainError):
    """The credential lacks the scope that the operation needs (fact: ``scope``)."""

    code = "tenancy.scope_missing"


class AttributionUnknown(DomainError):
    """The entity to attribute the write to is unknown (91021)."""

    code = "tenancy.attribution_unknown"


class IdempotencyKeyReused(DomainError):
    """The Idempotency-Key was used for another request."""

    code = "tenancy.idempotency_key_reused"


class IdempotencyKeyRunning(DomainError):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "tenancy.idempotency_key_running"


class IdempotencyKeyInvalid(DomainError):
    """The Idempotency-Key is empty, too long, or not printable ASCII."""

    code = "tenancy.idempotency_key_invalid"


class LogInGuessed(DomainError):
    """Too many wrong secrets from one address within a minute (fact: ``seconds`` to wait)."""

    code = "tenancy.log_in_guessed"


class EntityUnknown(DomainError):
    """The organization has no such entity, or it cannot hold a log-in."""

    code = "tenancy.entity_unknown"


class LogInTaken(DomainError):
    """Another credential of the same kind has this log-in."""

    code = "tenancy.log_in_taken"


class LogInInvalid(DomainError):
    """The log-in is empty, too long, or has characters that a header cannot carry."""

    code = "tenancy.log_in_invalid"


class SecretTooShort(DomainError):
    """The secret is shorter than the shortest allowed (fact: ``shortest``)."""

    code = "tenancy.secret_too_short"


class ScopeUnknown(DomainError):
    """There is no such scope (fact: ``scope``)."""

    code = "tenancy.scope_unknown"


class CredentialUnknown(DomainError):
    """The organization has no such credential."""

    code = "tenancy.credential_unknown"


class OrganizationCodeTaken(DomainError):
    """Another organization has this code."""

    code = "tenancy.organization_code_taken"


class UsernameTaken(DomainError):
    """Another member of staff of any organization has this username."""

    code = "tenancy.username_taken"


class SettingInvalid(DomainError):
    """There is no such setting, or the value is beyond its bounds (fact: ``name``)."""

    code = "tenancy.setting_invalid"


class SettingUnknown(DomainError):
    """There is no setting of this name (fact: ``name``)."""

    code = "tenancy.setting_unknown"
