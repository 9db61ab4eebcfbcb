"""The base of every v1.1 view: items, each done or refused by itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from crm.dialects.caller_view import CallerView
from crm.dialects.dialect_view import to_refusal
from crm.dialects.v1_1.batch_items import MAX_ITEMS, Item, read_items
from crm.dialects.v1_1.envelope import build_item_status, build_warning
from crm.dialects.v1_1.format_view import FormatView
from crm.dialects.v1_1.plain_values import write_json
from crm.kernel.errors import DomainError, Notice

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What an item's handler returns: the keys of the answer, the name in the catalogue of what
    was done (``done.subscriptions.updated``), and what to warn of.
    """

    answer: Mapping[str, Any]
    message_name: str
    notices: Sequence[Notice] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    failure: DomainError | None = None
    """The rule that was broken, where what happened is kept all the same."""


class V11View(CallerView, FormatView):
    """An operation in XML and JSON; ``CallerView`` says what it names.

    A write reads its items by ``items`` and does each in a unit of work of its own by
    ``write_each``; a read answers with ``done`` and ``refused``.
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
        """Do each item in a unit of its own; a refusal is its item's, and undoes no other.

        With an Idempotency-Key an item done before is not done again. ``echo`` says what a refused
        item shows beside its status.
        """
        # Whom the headers name concerns the whole request.
        self.origin  # noqa: B018
        return [
            self._write_item(position, item, handle, echo) for position, item in enumerate(items)
        ]

    def build_success_row(self, result: ItemResult) -> Row:
        """Return an item that was done, or whose failing is kept."""
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
        """Return notices as an item's ``warnings`` show them."""
        return [build_warning(self.entry(notice.code), notice.facts) for notice in notices]

    def build_refusal_row(self, refusal: DomainError, echo: Mapping[str, Any]) -> Row:
        """Return an item that was refused."""
        facts = refusal.facts
        if "problems" in facts:
            facts = {"detail": " ".join(facts["problems"])}
        entry = self.entry(refusal.code)
        return {**echo, "item_status": build_item_status(entry, facts, success=False)}

    # --- The way through ----------------------------------------------------------------

    def _write_item(
        self,
        position: int,
        item: Item,
        handle: Callable[[Item], ItemResult],
        echo: Callable[[Item], Mapping[str, Any]],
    ) -> Row:
        def work() -> Row:
            # Each item, and each new try after a deadlock, is another moment.
            self._cached_origin = None
            # A receipt holds what JSON can say.
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
