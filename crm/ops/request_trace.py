"""Every request has an id, one log line, and tells its id in the answer."""

import logging
import re
import time
import uuid
from datetime import UTC, datetime
from typing import Any, cast

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware
from whitenoise.middleware import WhiteNoiseFileResponse

from crm.ops.api_paths import is_api

ANSWER_HEADER = "X-Cap-RequestId"
LOGGER = logging.getLogger("django_structlog.middlewares.request")
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class TracedRequest(HttpRequest):
    """A request as every view sees it, once it has passed RequestTrace."""

    request_id: str
    trace_started: float


class RequestTrace(RequestMiddleware):
    """Give the request an id before anything can fail, and put it on whatever is answered.

    A caller's own X-Request-ID is logged beside ours. It never replaces ours: two callers
    may send the same one, and ours is what a complaint is looked up by.
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
        # What an earlier request of this thread may have left behind when it was cut off.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)
        theirs = request.META.get("HTTP_X_REQUEST_ID", "")
        if _ACCEPTED.fullmatch(theirs):
            structlog.contextvars.bind_contextvars(caller_request_id=theirs)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        if isinstance(response, WhiteNoiseFileResponse):
            # A page brings thirty of these, and none of them says anything.
            structlog.contextvars.clear_contextvars()
            return
        elapsed = time.perf_counter() - cast(TracedRequest, request).trace_started
        milliseconds = round(elapsed * 1000, 1)
        if is_api(request.path) and not hasattr(request, "_raised_exception"):
            self._tell(request, response, milliseconds)
            structlog.contextvars.clear_contextvars()
            return
        structlog.contextvars.bind_contextvars(ms=milliseconds)
        super().handle_response(request, response)

    def _tell(self, request: HttpRequest, response: HttpResponse, milliseconds: float) -> None:
        """Write the line of an API request as the library would have written it.

        On its way through bound loggers and signals that nobody listens to, the line takes three
        times as long, which is a tenth of a look-up.
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
        # By these two the formatter knows an event that is complete.
        record._logger, record._name = LOGGER, event["level"]
        LOGGER.handle(record)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        # Without the query: it holds mobiles and e-mails.
        return f"{request.method} {request.path}"
