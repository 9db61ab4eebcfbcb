"""Errors of the transport, raised before any business rule."""

from crm.kernel.errors import DomainError
from crm.kernel.errors import mark_sentence as _


class RequestInvalid(DomainError):
    """The request is malformed or incomplete (fact: ``detail``)."""

    code = "request.invalid"
    message = _("The request is invalid. {detail}")


class RequestTooLarge(DomainError):
    """The body is larger than the limit (fact: ``megabytes``)."""

    code = "request.too_large"
    message = _("The body is larger than {megabytes} MiB.")


class BatchTooLarge(DomainError):
    """The request has too many items (fact: ``most``)."""

    code = "request.batch_too_large"
    message = _("The batch holds more items than allowed: at most {most}.")


class RequestThrottled(DomainError):
    """The credential made too many calls (fact: ``seconds`` to wait)."""

    code = "request.throttled"
    message = _("Too many requests; try again in {seconds} seconds.")


class ServerUnavailable(DomainError):
    """The database is away (fact: ``seconds`` to wait)."""

    code = "server.unavailable"
    message = _("The service is not available now; try again in {seconds} seconds.")


class ServerFailed(DomainError):
    """Never raised: what is answered when something unexpected is (fact: ``request_id``)."""

    code = "server.failed"
    message = _("Something went wrong on our side; request id {request_id}.")


class MediaTypeUnsupported(DomainError):
    """The operation does not accept this type of body (fact: ``media_type``)."""

    code = "request.media_type_unsupported"
    message = _("A body of the type {media_type} cannot be read here.")


class NotAcceptable(DomainError):
    """The caller accepts no media type of the dialect."""

    code = "request.not_acceptable"
    message = _("None of the media types asked for can be answered.")


class MethodNotAllowed(DomainError):
    """The path does not support the method (fact: ``method``)."""

    code = "request.method_not_allowed"
    message = _("{method} is not possible here.")


class PathUnknown(DomainError):
    """The path does not exist."""

    code = "request.not_found"
    message = _("There is no such resource.")
