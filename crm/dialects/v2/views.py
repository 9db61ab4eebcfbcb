"""The base of every v2 view: who may, in which unit of work, and how no is said."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse, UnreadablePostError
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.dialects import authentication, idempotency, refusals
from crm.dialects.headers import header
from crm.dialects.throttling import count_call
from crm.dialects.v2.catalogue import CATALOGUE
from crm.dialects.v2.json_body import JsonNegotiation, JsonParser, JsonRenderer, write_json
from crm.dialects.v2.reading import S, problems, query_values, read
from crm.kernel.errors import DomainError, Notice
from crm.tenancy.errors import ScopeMissing
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from crm.tenancy.queries.attribution import get_attribution

WRITES = ("POST", "PUT")
ATTRIBUTED_TYPE = "X-CAP-API-ATTRIBUTION-ENTITY-TYPE"
ATTRIBUTED_CODE = "X-CAP-API-ATTRIBUTION-ENTITY-CODE"
DOOR = "API"


class V2View(APIView):
    """Reads the request, lets the handler make its one call, answers in v2's grammar.

    A subclass names its ``operation`` (the throttle and the API page call it that) and the scope
    that each of its methods needs. A write's handler runs in a unit of work; a batch opens one
    per item instead (``batch = True`` and ``self.receipts.once``). Refusals are the catalogue's;
    ``wording`` maps a refusal to another of its entries where this operation speaks differently.
    ``refusals`` lists what the API page shows.
    """

    operation: ClassVar[str] = ""
    scopes: ClassVar[Mapping[str, str]] = {}
    wording: ClassVar[Mapping[str, str]] = {}
    refusals: ClassVar[Iterable[type[DomainError]]] = ()
    batch: ClassVar[bool] = False

    http_method_names = ["get", "head", "post", "put"]
    authentication_classes = [authentication.CredentialAuthentication]
    permission_classes: list[Any] = []
    parser_classes: Any = [JsonParser]
    renderer_classes = [JsonRenderer]
    content_negotiation_class = JsonNegotiation

    format_kwarg = None
    receipts: idempotency.Receipts
    _origin: Origin | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        handled = {name.upper() for name in ("get", "post", "put") if hasattr(cls, name)}
        if handled and (not cls.operation or handled - set(cls.scopes)):
            # Found at start, not by the first caller whom nobody stops.
            raise TypeError(f"{cls.__name__} needs an operation, and a scope for each method")

    # --- What handlers use --------------------------------------------------------------

    @property
    def caller(self) -> authentication.Caller:
        return cast(authentication.Caller, self.request.user)

    @property
    def org(self) -> Organization:
        return self.caller.org

    @property
    def zone(self) -> ZoneInfo | None:
        """The organization's time zone, once it is known who calls."""
        caller = getattr(self.request, "_user", None)
        return caller.org.zone if caller is not None else None

    @property
    def origin(self) -> Origin:
        """Who writes: the caller, or the entity that the attribution headers name.

        Raises:
            AttributionUnknown: they name none.
        """
        if self._origin is None:
            self._origin = Origin(
                org=self.org,
                actor_id=self._actor_id(),
                door=DOOR,
                at=timezone.now(),
                request_id=getattr(self.request, "request_id", ""),
            )
        return self._origin

    def read_query(self, serializer: type[S]) -> dict[str, Any]:
        return read(serializer, query_values(self.request.query_params))

    def read_body(self, serializer: type[S]) -> dict[str, Any]:
        return read(serializer, self.request.data)

    def warnings(self, notices: Iterable[Notice]) -> list[dict[str, Any]]:
        return [self._entry(notice.code).on_the_wire(notice.facts) for notice in notices]

    def error(self, refusal: DomainError) -> dict[str, Any]:
        """Return a refusal as an item of a batch shows it."""
        return self._entry(refusal.code).on_the_wire(refusal.facts)

    # --- The way through ----------------------------------------------------------------

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(self.request, *args, **kwargs)
            response = self._respond()
        except Exception as refusal:
            response = self._rendered(self.handle_exception(refusal))
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(
            request
        )
        self.perform_authentication(request)
        method = request.method or ""
        if method.lower() not in self.http_method_names or not hasattr(self, method.lower()):
            raise refusals.MethodNotAllowed(method=method)
        scope = self.scopes["GET" if method == "HEAD" else method]
        if scope not in self.caller.scopes:
            raise ScopeMissing(scope=scope)
        count_call(
            org_id=self.org.pk,
            credential_id=self.caller.credential.pk,
            operation=self.operation,
        )
        self._refuse_too_large(request)

    def _respond(self) -> HttpResponse:
        if self.request.method not in WRITES:
            return self._rendered(self._handler(self.request, *self.args, **self.kwargs))
        return idempotency.answer_once(self.request, self.caller.credential.pk, self._write_with)

    @property
    def _handler(self) -> Callable[..., Response]:
        handler: Callable[..., Response] = getattr(self, str(self.request.method).lower())
        return handler

    def _write_with(self, receipts: idempotency.Receipts) -> HttpResponse:
        self.receipts = receipts
        try:
            if self.batch:
                return self._rendered(self._handler(self.request, *self.args, **self.kwargs))
            answer = receipts.once(0, self._handled)
        except Exception as refusal:
            return self._rendered(self.handle_exception(refusal))
        return HttpResponse(
            answer["body"], status=answer["status"], content_type=JsonRenderer.media_type
        )

    def _handled(self) -> dict[str, Any]:
        """Call a write's handler; its answer becomes text while the unit is still open."""
        # The unit may be run again after a deadlock.
        self._origin = None
        response = self._handler(self.request, *self.args, **self.kwargs)
        body = write_json(_with_warnings(response.data), self.zone)
        return {"status": response.status_code, "body": body.decode()}

    def _rendered(self, response: Response) -> HttpResponse:
        if isinstance(response, Response):
            response.data = _with_warnings(response.data)
        finished = self.finalize_response(self.request, response, *self.args, **self.kwargs)
        return finished.render() if isinstance(finished, Response) else finished

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
        entry = self._entry(refusal.code)
        facts = refusal.facts
        if isinstance(refusal, refusals.RequestInvalid) and "problems" in facts:
            errors = [entry.on_the_wire({"detail": problem}) for problem in facts["problems"]]
        else:
            errors = [entry.on_the_wire(facts)]
        response = Response({"errors": errors, "warnings": []}, status=entry.status)
        if entry.status == 401:
            response["WWW-Authenticate"] = authentication.CHALLENGE
        if entry.status == 429:
            response["Retry-After"] = str(facts.get("seconds", 60))
        return response

    def _entry(self, name: str) -> Any:
        return CATALOGUE[self.wording.get(name, name)]

    def _refuse_too_large(self, request: Request) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        said = request.META.get("CONTENT_LENGTH") or "0"
        if said.isascii() and said.isdecimal() and int(said[:20]) > limit:
            raise refusals.RequestTooLarge(megabytes=limit // 1024**2)

    def _actor_id(self) -> int:
        of_type = header(self.request, ATTRIBUTED_TYPE)
        code = header(self.request, ATTRIBUTED_CODE)
        if of_type is None and code is None:
            return self.caller.entity.pk
        return get_attribution(
            org_id=self.org.pk, entity_type=of_type or "", entity_code=code or ""
        )


def _with_warnings(data: Any) -> Any:
    if isinstance(data, dict) and "warnings" not in data:
        return {**data, "warnings": []}
    return data


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
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            return refusals.RequestTooLarge(megabytes=limit // 1024**2)
        case exceptions.ParseError() | SuspiciousOperation() | UnreadablePostError():
            return refusals.RequestInvalid(detail="The body cannot be read.")
    return None
