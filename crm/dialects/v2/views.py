"""The base view of v2 operations, and the view of unknown paths."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from crm.dialects.authentication import CredentialAuthentication
from crm.dialects.caller_view import CallerView
from crm.dialects.transport_errors import PathUnknown
from crm.dialects.v2.json_body import JsonRenderer, write_json
from crm.dialects.v2.json_view import JsonView
from crm.kernel.errors import DomainError, Notice


class V2View(CallerView, JsonView):
    """An operation in JSON; ``CallerView`` documents the class attributes."""

    def warnings(self, notices: Iterable[Notice]) -> list[dict[str, Any]]:
        """Return notices as a body's ``warnings``."""
        return [self.entry(notice.code).build_error(notice.facts) for notice in notices]

    def error(self, refusal: DomainError) -> dict[str, Any]:
        """Return a refusal as the error of a batch item."""
        return self.entry(refusal.code).build_error(refusal.facts)

    def serialize_body(self, data: Any) -> tuple[bytes, str]:
        return write_json(data, self.zone), JsonRenderer.media_type


@extend_schema(exclude=True)
class Nowhere(JsonView):
    """Answers every path under /v2 that is no operation.

    It requires authentication, so that anonymous callers cannot probe which paths exist.
    """

    authentication_classes = [CredentialAuthentication]

    def check_request(self, request: Request) -> None:
        self.perform_authentication(request)
        raise PathUnknown()
