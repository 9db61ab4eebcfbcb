"""The base view of all dialects: processes a request and turns refusals into answers."""

from collections.abc import Mapping
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.dialects import transport_errors
from crm.dialects.authentication import CHALLENGE
from crm.dialects.body import MAX_BODY_MEGABYTES, limit_body
from crm.dialects.catalogue_entry import Entry
from crm.dialects.serializer_input import S, flatten_query, list_problems, validate_data
from crm.kernel.availability import RETRY_AFTER, is_database_away
from crm.kernel.errors import DomainError

log = structlog.get_logger(__name__)


class DialectView(APIView):
    """The base of both dialects. Each sets its catalogue, formats and error body.

    ``wording`` maps refusals of a method to other catalogue entries, for different messages.
    """

    catalogue: ClassVar[Mapping[str, Entry]]
    wording: ClassVar[Mapping[str, Mapping[str, str]]] = {}

    http_method_names = ["get", "head", "post", "put"]
    authentication_classes: Any = []
    permission_classes: Any = []
    format_kwarg = None

    zone: ZoneInfo | None = None

    def read_query(self, serializer: type[S]) -> dict[str, Any]:
        return validate_data(serializer, flatten_query(self.request.query_params))

    # --- Processing ---------------------------------------------------------------------

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(self.request, *args, **kwargs)
            return self.respond()
        except Exception as exc:
            return self.render_response(self.handle_exception(exc))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(
            request
        )
        self.check_request(request)
        self.receive_body(request)

    def receive_body(self, request: Request) -> None:
        """Refuse a body that is too large."""
        limit_body(request)

    def check_request(self, request: Request) -> None:
        """Refuse an unsupported method. Subclasses authenticate first."""
        method = request.method or ""
        if method.lower() not in self.http_method_names or not hasattr(self, method.lower()):
            raise transport_errors.MethodNotAllowed(method=method)

    def respond(self) -> HttpResponse:
        return self.render_response(self.handle())

    def handle(self) -> Response:
        """Call the handler of the method."""
        handler = getattr(self, str(self.request.method).lower())
        response: Response = handler(self.request, *self.args, **self.kwargs)
        return response

    def render_response(self, response: Response) -> HttpResponse:
        if isinstance(response, Response):
            response.data = self.complete_body(response.data)
        finished = self.finalize_response(self.request, response, *self.args, **self.kwargs)
        return finished.render() if isinstance(finished, Response) else finished

    def complete_body(self, data: Any) -> Any:
        """Add the keys that every body of the dialect has."""
        return data

    # --- Errors -------------------------------------------------------------------------

    def handle_exception(self, exc: Exception) -> Response:
        """Answer a refusal by the catalogue. Other exceptions are logged and answered by 500."""
        refusal = to_refusal(exc)
        if refusal is None and is_database_away(exc):
            log.error("database_away", reason=str(exc))
            refusal = transport_errors.ServerUnavailable(seconds=RETRY_AFTER)
        if refusal is None:
            raise exc
        entry = self.entry(refusal.code)
        response = Response(self.refusal_body(entry, refusal.facts), status=entry.status)
        if entry.status == 401:
            response["WWW-Authenticate"] = CHALLENGE
        if entry.status in (429, 503):
            response["Retry-After"] = str(refusal.facts["seconds"])
        return response

    def refusal_body(self, entry: Entry, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body of a refusal."""
        raise NotImplementedError

    def entry(self, name: str) -> Entry:
        method = "GET" if self.request.method == "HEAD" else str(self.request.method)
        return self.catalogue[self.wording.get(method, {}).get(name, name)]


def to_refusal(exc: Exception) -> DomainError | None:
    """Return the refusal for an exception, or None if it is unexpected."""
    match exc:
        case DomainError():
            return exc
        case serializers.ValidationError():
            return transport_errors.RequestInvalid(problems=list_problems(exc.detail))
        case Http404():
            return transport_errors.PathUnknown()
        case exceptions.UnsupportedMediaType():
            return transport_errors.MediaTypeUnsupported(
                media_type=exc.args[0] if exc.args else "this"
            )
        case RequestDataTooBig():
            return transport_errors.RequestTooLarge(megabytes=MAX_BODY_MEGABYTES)
        case exceptions.ParseError() | SuspiciousOperation() | UnreadablePostError():
            return transport_errors.RequestInvalid(detail="The body cannot be read.")
    return None
