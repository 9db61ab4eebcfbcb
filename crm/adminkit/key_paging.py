"""Lists that page by key: the last page of a million costs what the first one does."""

from datetime import datetime
from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

AFTER, BEFORE = "after", "before"
# Beyond this nobody reads the number, and counting would read the table.
COUNTED = 1_000


class KeyPages(Paginator):
    """Counts to a thousand and no further; draws two arrows instead of page numbers."""

    template_name = "_pieces/key_pages.html"


class KeyPagedList(ChangeList):
    """A list ordered by its keys, with the last row's key in the link to the next page.

    ``key_fields`` of the desk says by what: an order that ends in the primary key. It falls, the
    newest first, unless ``is_rising`` of the desk says otherwise.
    """

    # What the links to the first page, the page before and the page behind are called.
    FALLING, RISING = ("Newest", "Newer", "Older"), ("Oldest", "Older", "Newer")

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        given = super().get_filters_params(params)
        return {name: value for name, value in given.items() if name not in (AFTER, BEFORE)}

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        sign = "" if self._is_rising(request) else "-"
        return [f"{sign}{field}" for field in self.model_admin.key_fields(request)]

    def _is_rising(self, request: HttpRequest) -> bool:
        rises = getattr(self.model_admin, "is_rising", None)
        return bool(rises and rises(request))

    def get_results(self, request: HttpRequest) -> None:
        fields, rising = self.model_admin.key_fields(request), self._is_rising(request)
        on, back = ("gt", "lt") if rising else ("lt", "gt")
        after, before = self.params.get(AFTER), self.params.get(BEFORE)
        rows, reading_up = self.queryset, before is not None and after is None
        if after is not None:
            rows = rows.filter(_beyond(fields, _key(fields, after), on))
        elif before is not None:
            rows = rows.filter(_beyond(fields, _key(fields, before), back)).reverse()
        page = list(rows[: self.list_per_page + 1])
        more, page = len(page) > self.list_per_page, page[: self.list_per_page]
        if reading_up:
            page.reverse()
        has_newer = more if reading_up else after is not None
        has_older = True if reading_up else more
        self.newer_link = self._link(BEFORE, fields, page[0]) if has_newer and page else None
        self.older_link = self._link(AFTER, fields, page[-1]) if has_older and page else None
        self.first_link = self.get_query_string(remove=[AFTER, BEFORE]) if has_newer else None
        self.link_words = self.RISING if rising else self.FALLING

        # A first page that is not full has counted already; a rare choice is walked through once.
        is_all = not more and after is None and before is None
        self.result_count = len(page) if is_all else self.queryset.order_by()[: COUNTED + 1].count()
        self.result_count_words = (
            f"more than {COUNTED:,}" if self.result_count > COUNTED else f"{self.result_count:,}"
        )
        self.result_list = self.model_admin.prepare_page(request, page)
        # Equal, so that the heading does not offer to show all.
        self.full_result_count = self.result_count
        self.show_full_result_count = False
        self.show_admin_actions = False
        self.can_show_all = False
        self.multi_page = bool(self.newer_link or self.older_link)
        self.paginator = KeyPages(page, self.list_per_page)

    def _link(self, parameter: str, fields: tuple[str, ...], row: Model) -> str:
        return self.get_query_string({parameter: _written(fields, row)}, remove=[AFTER, BEFORE])


def _written(fields: tuple[str, ...], row: Model) -> str:
    values = [getattr(row, field) for field in fields]
    return "_".join(v.isoformat() if isinstance(v, datetime) else str(v) for v in values)


def _key(fields: tuple[str, ...], written: str) -> list[Any]:
    parts = written.split("_")
    try:
        moments = [datetime.fromisoformat(part.replace(" ", "+")) for part in parts[:-1]]
        pk = int(parts[-1])
    except ValueError:
        raise BadRequest("This page's address cannot be read") from None
    readable = len(parts) == len(fields) and all(moment.tzinfo for moment in moments)
    if not readable or not 0 <= pk < 2**63:
        raise BadRequest("This page's address cannot be read")
    return [*moments, pk]


def _beyond(fields: tuple[str, ...], key: list[Any], way: str) -> Q:
    """Rows whose key is beyond ``key``, compared field by field."""
    condition = Q(**{f"{fields[-1]}__{way}": key[-1]})
    for field, value in zip(fields[-2::-1], key[-2::-1], strict=True):
        # The bound by itself comes first, because an index can use it and not the alternative.
        condition = Q(**{f"{field}__{way}e": value}) & (
            Q(**{f"{field}__{way}": value}) | Q(**{field: value}) & condition
        )
    return condition
