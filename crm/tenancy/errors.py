"""Domain errors of tenancy (contract, section 3)."""

from crm.kernel.errors import DomainError
from crm.kernel.errors import mark_sentence as _


class CredentialRefused(DomainError):
    """The log-in is unknown, disabled, or its secret is wrong."""

    code = "tenancy.credential_refused"
    message = _("The log-in is unknown or its secret is wrong.")


class ScopeMissing(DomainError):
    """The credential lacks the scope that the operation needs (fact: ``scope``)."""

    code = "tenancy.scope_missing"
    message = _("The log-in lacks the scope {scope}.")


class AttributionUnknown(DomainError):
    """The entity to attribute the write to is unknown (91021)."""

    code = "tenancy.attribution_unknown"
    message = _("The entity to attribute the change to is unknown.")


class IdempotencyKeyReused(DomainError):
    """The Idempotency-Key was used for another request."""

    code = "tenancy.idempotency_key_reused"
    message = _("The Idempotency-Key was used for another request.")


class IdempotencyKeyRunning(DomainError):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "tenancy.idempotency_key_running"
    message = _("The first request with this Idempotency-Key is still running.")


class IdempotencyKeyInvalid(DomainError):
    """The Idempotency-Key is empty, too long, or not printable ASCII."""

    code = "tenancy.idempotency_key_invalid"
    message = _("The Idempotency-Key must be 1 to 255 printable ASCII characters.")


class LogInGuessed(DomainError):
    """Too many wrong secrets from one address within a minute (fact: ``seconds`` to wait)."""

    code = "tenancy.log_in_guessed"
    message = _("Too many wrong log-ins; try again in {seconds} seconds.")


class EntityUnknown(DomainError):
    """The organization has no such entity, or it cannot hold a log-in."""

    code = "tenancy.entity_unknown"
    message = _("There is no such organization entity.")


class LogInTaken(DomainError):
    """Another credential of the same kind has this log-in."""

    code = "tenancy.log_in_taken"
    message = _("The log-in is taken.")


class LogInInvalid(DomainError):
    """The log-in is empty, too long, or has characters that a header cannot carry."""

    code = "tenancy.log_in_invalid"
    message = _("The log-in cannot be used.")


class SecretTooShort(DomainError):
    """The secret is shorter than the shortest allowed (fact: ``shortest``)."""

    code = "tenancy.secret_too_short"
    message = _("The secret must have at least {shortest} characters.")


class ScopeUnknown(DomainError):
    """There is no such scope (fact: ``scope``)."""

    code = "tenancy.scope_unknown"
    message = _("There is no scope {scope}.")


class CredentialUnknown(DomainError):
    """The organization has no such credential."""

    code = "tenancy.credential_unknown"
    message = _("There is no such log-in.")


class OrganizationCodeTaken(DomainError):
    """Another organization has this code."""

    code = "tenancy.organization_code_taken"
    message = _("Another organization has this code.")


class UsernameTaken(DomainError):
    """Another member of staff of any organization has this username."""

    code = "tenancy.username_taken"
    message = _("Somebody else logs in by this name.")


class SettingInvalid(DomainError):
    """There is no such setting, or the value is beyond its bounds (fact: ``name``)."""

    code = "tenancy.setting_invalid"
    message = _("The setting {name} cannot have this value.")


class SettingUnknown(DomainError):
    """There is no setting of this name (fact: ``name``)."""

    code = "tenancy.setting_unknown"
    message = _("There is no setting {name}.")
