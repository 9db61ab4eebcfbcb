"""The base view of v1.1 operations, whose items succeed or fail separately."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from crm.dialects.authentication import CredentialAuthentication
from crm.dialects.caller_view import CallerView
from crm.dialects.dialect_view import to_refusal
from crm.dialects.transport_errors import PathUnknown
from crm.dialects.v1_1.batch_items import MAX_ITEMS, Item, read_items
from crm.dialects.v1_1.envelope import build_item_status, build_warning
from crm.dialects.v1_1.format_view import FormatView
from crm.dialects.v1_1.plain_values import write_json
from crm.kernel.errors import DomainError, Notice

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The result of an item's handler: the keys of the answer, the catalogue's name of the success
    message (such as ``done.subscriptions.updated``), and warnings.
    """

    answer: Mapping[str, Any]
    message_name: str
    notices: Sequence[Notice] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    failure: DomainError | None = None
    """The refusal to answer, if what was written is kept all the same."""


class V11View(CallerView, FormatView):
    """An operation in XML and JSON; ``CallerView`` documents the class attributes.

    A write reads its items by ``items`` and runs each in its own unit of work by ``write_each``; a
    read answers with ``build_success_row`` and ``build_refusal_row``.
    """

    batch = True

    # --- What handlers use --------------------------------------------------------------

    def items(self, child: str, *, max_items: int = MAX_ITEMS) -> list[Item]:
        """Return the body's items, at least one (``RequestInvalid``, ``BatchTooLarge``)."""
        return read_items(self.request.data, child, max_items=max_items)

    def write_each(
        self,
        items: Sequence[Item],
        handle: Callable[[Item], ItemResult],
        echo: Callable[[Item], Mapping[str, Any]],
    ) -> list[Row]:
        """Run each item in its own unit of work. A refusal affects only its item.

        With an Idempotency-Key, an item that succeeded before does not run again. ``echo`` returns
        what a refused item shows beside its status.
        """
        # An unknown attribution refuses the whole request.
        self.origin  # noqa: B018
        return [
            self._write_item(position, item, handle, echo) for position, item in enumerate(items)
        ]

    def build_success_row(self, result: ItemResult) -> Row:
        """Return the row of an item that succeeded, or whose failure is stored."""
        if result.failure is not None:
            return self.build_refusal_row(result.failure, result.answer)
        return {
            **result.answer,
            "item_status": build_item_status(
                self.entry(result.message_name),
                result.facts,
                success=True,
                warnings=self.warnings(result.notices),
            ),
        }

    def warnings(self, notices: Iterable[Notice]) -> list[dict[str, str]]:
        """Return notices as the ``warnings`` of an item."""
        return [build_warning(self.entry(notice.code), notice.facts) for notice in notices]

    def build_refusal_row(self, refusal: DomainError, echo: Mapping[str, Any]) -> Row:
        """Return the row of a refused item."""
        facts = refusal.facts
        if "problems" in facts:
            facts = {"detail": " ".join(facts["problems"])}
        entry = self.entry(refusal.code)
        return {**echo, "item_status": build_item_status(entry, facts, success=False)}

    # --- Processing ---------------------------------------------------------------------

    def _write_item(
        self,
        position: int,
        item: Item,
        handle: Callable[[Item], ItemResult],
        echo: Callable[[Item], Mapping[str, Any]],
    ) -> Row:
        def work() -> Row:
            # Each item, and each retry after a deadlock, has its own time.
            self._cached_origin = None
            # A receipt stores plain JSON.
            receipt: Row = orjson.loads(write_json(self.build_success_row(handle(item)), self.zone))
            return receipt

        try:
            row: Row = self.receipts.run_once(position, work)
        except Exception as exc:
            refusal = to_refusal(exc)
            if refusal is None:
                raise
            return self.build_refusal_row(refusal, echo(item))
        return row

    def serialize_body(self, data: Any) -> tuple[bytes, str]:
        renderer: Any = self.request.accepted_renderer
        body: bytes = renderer.write(data, self.zone)
        return body, str(renderer.media_type)


@extend_schema(exclude=True)
class Nowhere(FormatView):
    """Answers every path under /v1.1 that is no operation.

    It requires authentication, so that anonymous callers cannot probe which paths exist.
    """

    authentication_classes = [CredentialAuthentication]

    def check_request(self, request: Request) -> None:
        self.perform_authentication(request)
        raise PathUnknown()
