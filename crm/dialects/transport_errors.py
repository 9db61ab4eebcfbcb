"""What the wire itself says no to, before any rule of the business is asked."""

from crm.kernel.errors import DomainError


class RequestInvalid(DomainError):
    """The request cannot be read, or lacks what it needs (fact: ``detail``)."""

    code = "request.invalid"


class RequestTooLarge(DomainError):
    """The body is larger than the limit (fact: ``megabytes``)."""

    code = "request.too_large"


class BatchTooLarge(DomainError):
    """There are more items than one request may bring (fact: ``most``)."""

    code = "request.batch_too_large"


class RequestThrottled(DomainError):
    """The log-in called too often (fact: ``seconds`` to wait)."""

    code = "request.throttled"


class ServerUnavailable(DomainError):
    """The database is away (fact: ``seconds`` to wait)."""

    code = "server.unavailable"


class MediaTypeUnsupported(DomainError):
    """The body is of a type that the operation does not take (fact: ``media_type``)."""

    code = "request.media_type_unsupported"


class NotAcceptable(DomainError):
    """The caller wants a type of answer that the dialect does not have."""

    code = "request.not_acceptable"


class MethodNotAllowed(DomainError):
    """The path is there, the method is not (fact: ``method``)."""

    code = "request.method_not_allowed"


class PathUnknown(DomainError):
    """There is nothing under this path."""

    code = "request.not_found"
