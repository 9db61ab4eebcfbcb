"""The base view of v2 operations."""

from collections.abc import Iterable
from typing import Any

from crm.dialects.caller_view import CallerView
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
