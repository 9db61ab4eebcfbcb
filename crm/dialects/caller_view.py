"""The base view of authenticated operations: scopes, rate limits, transactions, idempotency."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, cast
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from crm.dialects import idempotency
from crm.dialects.authentication import Caller, CredentialAuthentication
from crm.dialects.dialect_view import DialectView
from crm.dialects.headers import get_header
from crm.dialects.throttles import count_call
from crm.kernel.errors import DomainError
from crm.tenancy.errors import ScopeMissing
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from crm.tenancy.queries.attribution import get_attribution

WRITES = ("POST", "PUT")
ATTRIBUTED_TYPE = "X-CAP-API-ATTRIBUTION-ENTITY-TYPE"
ATTRIBUTED_CODE = "X-CAP-API-ATTRIBUTION-ENTITY-CODE"
DOOR = "API"


class CallerView(DialectView):
    """Runs a handler that reads the request, makes one call into the domain, and answers.

    A subclass sets ``operation``, the name for rate limits and the API page (a mapping by method,
    if the methods are separate operations), and ``scopes``, the scope of each method. The handler
    of a write runs in a unit of work; a batch opens one per item instead (``batch = True`` and
    ``self.receipts.run_once``). ``refusals`` are shown on the API page by method, besides those of
    every operation; ``examples`` are the path and query that it fills in, with data of the demo.
    """

    operation: ClassVar[str | Mapping[str, str]] = ""
    scopes: ClassVar[Mapping[str, str]] = {}
    refusals: ClassVar[Mapping[str, Iterable[type[DomainError]]]] = {}
    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    batch: ClassVar[bool] = False

    authentication_classes = [CredentialAuthentication]

    receipts: idempotency.Receipts
    _cached_origin: Origin | None = None
    _cached_actor_id: int | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        methods = {name.upper() for name in ("get", "post", "put") if hasattr(cls, name)}
        if methods and (not cls.operation or methods - set(cls.scopes)):
            # Fail at startup, not by leaving a request unchecked.
            raise TypeError(f"{cls.__name__} needs an operation, and a scope for each method")

    @classmethod
    def get_operation(cls, method: str) -> str:
        """Return the operation of a method, for rate limits and the API page."""
        if isinstance(cls.operation, str):
            return cls.operation
        return cls.operation["GET" if method == "HEAD" else method]

    # --- What handlers use --------------------------------------------------------------

    @property
    def caller(self) -> Caller:
        return cast(Caller, self.request.user)

    @property
    def org(self) -> Organization:
        return self.caller.org

    @property
    def zone(self) -> ZoneInfo | None:  # type: ignore[override]
        """The organization's time zone; None before authentication."""
        caller = getattr(self.request, "_user", None)
        return caller.org.zone if caller is not None else None

    @property
    def origin(self) -> Origin:
        """The origin of a write: the caller, or the entity in the attribution headers.

        Raises:
            AttributionUnknown: the headers name an unknown entity.
        """
        if self._cached_origin is None:
            self._cached_origin = Origin(
                org=self.org,
                actor_id=self._get_actor_id(),
                door=DOOR,
                at=timezone.now(),
                request_id=getattr(self.request, "request_id", ""),
                caller_id=self.caller.entity.pk,
            )
        return self._cached_origin

    # --- Processing ---------------------------------------------------------------------

    def check_request(self, request: Request) -> None:
        self.perform_authentication(request)
        super().check_request(request)
        scope = self.scopes["GET" if request.method == "HEAD" else str(request.method)]
        if scope not in self.caller.scopes:
            raise ScopeMissing(scope=scope)
        count_call(
            org_id=self.org.pk,
            credential_id=self.caller.credential.pk,
            operation=self.get_operation(str(request.method)),
        )

    def respond(self) -> HttpResponse:
        if self.request.method not in WRITES:
            return self.render_response(self.handle())
        return idempotency.answer_once(
            self.request, self.caller.credential.pk, self._respond_to_write, self.digest_body
        )

    def digest_body(self) -> bytes | None:
        """Return what stands for a body that is no longer at hand; None for one that is."""
        return None

    def serialize_body(self, data: Any) -> tuple[bytes, str]:
        """Return the serialized body and its media type."""
        raise NotImplementedError

    def prepare_write(self) -> None:
        """Do before the unit of work of a write what is kept even if the write is refused."""

    def _respond_to_write(self, receipts: idempotency.Receipts) -> HttpResponse:
        self.receipts = receipts
        try:
            if self.batch:
                return self.render_response(self.handle())
            self.prepare_write()
            answer = receipts.run_once(0, self._handle_write)
        except Exception as exc:
            return self.render_response(self.handle_exception(exc))
        return HttpResponse(
            answer["body"], status=answer["status"], content_type=answer["content_type"]
        )

    def _handle_write(self) -> dict[str, Any]:
        """Call the handler of a write, and serialize its answer inside the unit of work.

        Only the status and the body are kept, as a receipt stores no more.
        """
        # A retry after a deadlock happens at another time.
        self._cached_origin = None
        response = self.handle()
        body, content_type = self.serialize_body(self.complete_body(response.data))
        return {
            "status": response.status_code,
            "body": body.decode(),
            "content_type": content_type,
        }

    def _get_actor_id(self) -> int:
        # Looked up once for all items of a batch.
        if self._cached_actor_id is None:
            entity_type = get_header(self.request, ATTRIBUTED_TYPE)
            code = get_header(self.request, ATTRIBUTED_CODE)
            if entity_type is None and code is None:
                self._cached_actor_id = self.caller.entity.pk
            else:
                self._cached_actor_id = get_attribution(
                    org_id=self.org.pk, entity_type=entity_type or "", entity_code=code or ""
                )
        return self._cached_actor_id
