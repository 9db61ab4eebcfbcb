"""A view that reads and writes JSON and says no by v2's catalogue."""

from collections.abc import Mapping
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.dialects import refusals
from crm.dialects.authentication import CHALLENGE
from crm.dialects.body import LARGEST_MEGABYTES, bound_body
from crm.dialects.entry import Entry
from crm.dialects.v2.catalogue import CATALOGUE
from crm.dialects.v2.json_body import JsonNegotiation, JsonParser, JsonRenderer
from crm.dialects.v2.reading import S, problems, query_values, read
from crm.kernel.errors import DomainError


class JsonView(APIView):
    """Whoever calls; ``V2View`` adds who may.

    ``wording`` maps, for a method, a refusal to another of its entries where that one speaks
    differently.
    """

    wording: ClassVar[Mapping[str, Mapping[str, str]]] = {}

    http_method_names = ["get", "head", "post", "put"]
    authentication_classes: Any = []
    permission_classes: Any = []
    parser_classes: Any = [JsonParser]
    renderer_classes: Any = [JsonRenderer]
    content_negotiation_class = JsonNegotiation
    format_kwarg = None

    zone: ZoneInfo | None = None

    def read_query(self, serializer: type[S]) -> dict[str, Any]:
        return read(serializer, query_values(self.request.query_params))

    def read_body(self, serializer: type[S]) -> dict[str, Any]:
        return read(serializer, self.request.data)

    # --- The way through ----------------------------------------------------------------

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(self.request, *args, **kwargs)
            return self.respond()
        except Exception as exc:
            return self.rendered(self.handle_exception(exc))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(
            request
        )
        self.admit(request)
        bound_body(request)

    def admit(self, request: Request) -> None:
        """Refuse a method that is not there; who must be known is known first."""
        method = request.method or ""
        if method.lower() not in self.http_method_names or not hasattr(self, method.lower()):
            raise refusals.MethodNotAllowed(method=method)

    def respond(self) -> HttpResponse:
        return self.rendered(self.handle())

    def handle(self) -> Response:
        """Call the handler of the method."""
        handler = getattr(self, str(self.request.method).lower())
        response: Response = handler(self.request, *self.args, **self.kwargs)
        return response

    def rendered(self, response: Response) -> HttpResponse:
        if isinstance(response, Response):
            response.data = self.completed(response.data)
        finished = self.finalize_response(self.request, response, *self.args, **self.kwargs)
        return finished.render() if isinstance(finished, Response) else finished

    def completed(self, data: Any) -> Any:
        """Return the body with the keys that every body of the dialect has."""
        if isinstance(data, dict) and "warnings" not in data:
            return {**data, "warnings": []}
        return data

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        try:
            return super().perform_content_negotiation(request)
        except refusals.NotAcceptable:
            if not force:
                raise
            # A refusal has to be answered in something.
            return self.get_renderers()[0], JsonRenderer.media_type

    # --- Saying no ----------------------------------------------------------------------

    def handle_exception(self, exc: Exception) -> Response:
        """Answer a refusal by the catalogue; what nobody foresaw goes on to the log and a 500."""
        refusal = _as_refusal(exc)
        if refusal is None:
            raise exc
        entry, facts = self.entry(refusal.code), refusal.facts
        # A serializer finds several problems at once; each is an error of its own.
        each = [{"detail": said} for said in facts["problems"]] if "problems" in facts else [facts]
        response = Response(
            self.refused([entry.on_the_wire(said) for said in each]), status=entry.status
        )
        if entry.status == 401:
            response["WWW-Authenticate"] = CHALLENGE
        if entry.status == 429:
            response["Retry-After"] = str(facts["seconds"])
        return response

    def refused(self, errors: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the body of a refusal."""
        return {"errors": errors, "warnings": []}

    def entry(self, name: str) -> Entry:
        method = "GET" if self.request.method == "HEAD" else str(self.request.method)
        return CATALOGUE[self.wording.get(method, {}).get(name, name)]


def _as_refusal(exc: Exception) -> DomainError | None:
    match exc:
        case DomainError():
            return exc
        case serializers.ValidationError():
            return refusals.RequestInvalid(problems=problems(exc.detail))
        case Http404():
            return refusals.PathUnknown()
        case exceptions.UnsupportedMediaType():
            return refusals.MediaTypeUnsupported(media_type=exc.args[0] if exc.args else "this")
        case RequestDataTooBig():
            return refusals.RequestTooLarge(megabytes=LARGEST_MEGABYTES)
        case exceptions.ParseError() | SuspiciousOperation() | UnreadablePostError():
            return refusals.RequestInvalid(detail="The body cannot be read.")
    return None
