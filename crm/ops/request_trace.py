"""Give each request an id, a log line, and a response header with the id."""

import logging
import re
import time
import uuid
from datetime import UTC, datetime
from typing import Any, cast

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django_structlog.middlewares import RequestMiddleware
from whitenoise.middleware import WhiteNoiseFileResponse

from crm.ops.api_paths import is_api

ANSWER_HEADER = "X-Cap-RequestId"
LOGGER = logging.getLogger("django_structlog.middlewares.request")
_CALLER_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class TracedRequest(HttpRequest):
    """A request after RequestTrace, as every view sees it."""

    request_id: str
    trace_started: float


class RequestTrace(RequestMiddleware):
    """Give the request an id before anything can fail, and add it to every response.

    The X-Request-ID of the caller is logged as well. It never replaces the id, because two callers
    may send the same one.
    """

    async_capable = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = cast(HttpResponse, super().__call__(request))
        response[ANSWER_HEADER] = cast(TracedRequest, request).request_id
        return response

    def prepare(self, request: HttpRequest) -> None:
        request = cast(TracedRequest, request)
        request.request_id = uuid.uuid4().hex
        request.trace_started = time.perf_counter()
        # An aborted request of this thread may have left its values.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)
        caller_request_id = request.META.get("HTTP_X_REQUEST_ID", "")
        if _CALLER_ID.fullmatch(caller_request_id):
            structlog.contextvars.bind_contextvars(caller_request_id=caller_request_id)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        if isinstance(response, WhiteNoiseFileResponse):
            # A page loads thirty static files; they are not logged.
            structlog.contextvars.clear_contextvars()
            return
        elapsed = time.perf_counter() - cast(TracedRequest, request).trace_started
        milliseconds = round(elapsed * 1000, 1)
        if is_api(request.path) and not hasattr(request, "_raised_exception"):
            self._log_request(request, response, milliseconds)
            structlog.contextvars.clear_contextvars()
            return
        structlog.contextvars.bind_contextvars(ms=milliseconds)
        super().handle_response(request, response)

    def _log_request(
        self, request: HttpRequest, response: HttpResponse, milliseconds: float
    ) -> None:
        """Log an API request exactly as the library would, but faster.

        Through the library's bound loggers and signals the line takes three times as long, which
        is a tenth of the time of a lookup.
        """
        level = self._log_level_for_status_code(response.status_code)
        if not LOGGER.isEnabledFor(level):
            return
        event: dict[str, Any] = {
            "event": "request_finished",
            "code": response.status_code,
            "request": self.format_request(request),
            **structlog.contextvars.get_contextvars(),
            "ms": milliseconds,
            "level": logging.getLevelName(level).lower(),
            "logger": LOGGER.name,
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        caller = getattr(request, "user", None)
        if caller is not None:
            event["user_id"] = caller.pk
        record = logging.LogRecord(LOGGER.name, level, "", 0, event, None, None)
        # These two tell the formatter that the event is complete.
        record._logger, record._name = LOGGER, event["level"]
        LOGGER.handle(record)

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """Bind the user if the request loaded one; a log line must not query the database."""
        user = getattr(request, "user", None)
        if isinstance(user, SimpleLazyObject):
            user = getattr(request, "_cached_user", None)
        if user is not None:
            structlog.contextvars.bind_contextvars(user_id=user.pk)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        # Without the query: it holds mobiles and e-mails.
        return f"{request.method} {request.path}"
