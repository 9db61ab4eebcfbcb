"""Errors of the transport, raised before any business rule."""

from crm.kernel.errors import DomainError


class RequestInvalid(DomainError):
    """The request is malformed or incomplete (fact: ``detail``)."""

    code = "request.invalid"


class RequestTooLarge(DomainError):
    """The body is larger than the limit (fact: ``megabytes``)."""

    code = "request.too_large"


class BatchTooLarge(DomainError):
    """The request has too many items (fact: ``most``)."""

    code = "request.batch_too_large"


class RequestThrottled(DomainError):
    """The credential made too many calls (fact: ``seconds`` to wait)."""

    code = "request.throttled"


class ServerUnavailable(DomainError):
    """The database is away (fact: ``seconds`` to wait)."""

    code = "server.unavailable"


class MediaTypeUnsupported(DomainError):
    """The operation does not accept this type of body (fact: ``media_type``)."""

    code = "request.media_type_unsupported"


class NotAcceptable(DomainError):
    """The caller accepts no media type of the dialect."""

    code = "request.not_acceptable"


class MethodNotAllowed(DomainError):
    """The path does not support the method (fact: ``method``)."""

    code = "request.method_not_allowed"


class PathUnknown(DomainError):
    """The path does not exist."""

    code = "request.not_found"
