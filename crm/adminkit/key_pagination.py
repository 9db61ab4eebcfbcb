"""Change lists with key-based pagination: every page costs the same, however long the list."""

from datetime import datetime
from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.adminkit.change_lists import DeclaredList
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.localized import format_count
from crm.adminkit.org_scope import ReadOnlyDesk
from crm.kernel.ids import LARGEST_ID
from customers.queries.customers.search import find_customer_ids

AFTER, BEFORE = "after", "before"
# Counts stop here, because counting further would read the whole table.
COUNT_LIMIT = 1_000


class KeyPages(Paginator):
    """A paginator with links to the next and previous page instead of page numbers."""

    template_name = "_pieces/key_pages.html"


class KeyPagedList(DeclaredList):
    """A change list ordered by key, with the last row's key in the link to the next page.

    The desk is a ``KeyPagedDesk``. The newest rows come first, unless its ``is_ascending`` says so.
    """

    # Labels of the links to the first, previous and next page.
    DESCENDING_LABELS, ASCENDING_LABELS = (
        (_("Newest"), _("Newer"), _("Older")),
        (_("Oldest"), _("Older"), _("Newer")),
    )

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        filter_params = super().get_filters_params(params)
        return {name: value for name, value in filter_params.items() if name not in (AFTER, BEFORE)}

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        sign = "" if self.model_admin.is_ascending(request) else "-"
        return [f"{sign}{field}" for field in self.model_admin.key_fields(request)]

    def get_results(self, request: HttpRequest) -> None:
        fields = self.model_admin.key_fields(request)
        ascending = self.model_admin.is_ascending(request)
        forward, backward = ("gt", "lt") if ascending else ("lt", "gt")
        after, before = self.params.get(AFTER), self.params.get(BEFORE)
        rows, is_backward = self.queryset, before is not None and after is None
        if after is not None:
            rows = rows.filter(_build_key_condition(fields, _parse_key(fields, after), forward))
        elif before is not None:
            rows = rows.filter(
                _build_key_condition(fields, _parse_key(fields, before), backward)
            ).reverse()
        page = list(rows[: self.list_per_page + 1])
        more, page = len(page) > self.list_per_page, page[: self.list_per_page]
        if is_backward:
            page.reverse()
        has_newer = more if is_backward else after is not None
        has_older = True if is_backward else more
        self.newer_link = self._link(BEFORE, fields, page[0]) if has_newer and page else None
        self.older_link = self._link(AFTER, fields, page[-1]) if has_older and page else None
        self.first_link = self.get_query_string(remove=[AFTER, BEFORE]) if has_newer else None
        self.link_words = self.ASCENDING_LABELS if ascending else self.DESCENDING_LABELS

        # A first page that is not full needs no count query.
        is_all = not more and after is None and before is None
        self.result_count = (
            len(page) if is_all else self.queryset.order_by()[: COUNT_LIMIT + 1].count()
        )
        self.result_count_words = (
            gettext("more than {count_limit}").format(count_limit=format_count(COUNT_LIMIT))
            if self.result_count > COUNT_LIMIT
            else format_count(self.result_count)
        )
        self.result_list = self.model_admin.prepare_page(request, page)
        # Equal, so that Django does not offer to show all.
        self.full_result_count = self.result_count
        self.show_full_result_count = False
        self.show_admin_actions = False
        self.can_show_all = False
        self.multi_page = bool(self.newer_link or self.older_link)
        self.paginator = KeyPages(page, self.list_per_page)

    def _link(self, parameter: str, fields: tuple[str, ...], row: Model) -> str:
        return self.get_query_string({parameter: _format_key(fields, row)}, remove=[AFTER, BEFORE])


class KeyPagedDesk(ReadOnlyDesk):
    """A read-only desk with a long list, whose pages are found by key.

    A filter by days of ``day_field`` sorts by day, so that the query can use an index.
    """

    sortable_by = ()
    actions = None
    day_field = ""
    # The path from a row to its customer, for the search.
    customer_path = "customer_id"

    def key_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Return the fields of the key; the last is the primary key."""
        has_days = any(f"{self.day_field}_{end}" in request.GET for end in ("from", "to"))
        return (self.day_field, "id") if has_days and self.day_field else ("id",)

    def is_ascending(self, request: HttpRequest) -> bool:
        """Whether the oldest rows come first."""
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyPagedList]:
        return KeyPagedList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (self.search_rows(request, queryset, text) if text else queryset), False

    def search_rows(self, request: HttpRequest, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Return the rows of the customers that ``text`` finds."""
        ids = find_customer_ids(
            org_id=get_staff_user(request).org_id, text=text, limit=COUNT_LIMIT + 1
        )
        return rows.filter(**{f"{self.customer_path}__in": ids})

    def prepare_page(self, request: HttpRequest, page: list[Any]) -> list[Any]:
        """Attach to the rows of the page what the columns show."""
        return page


def _format_key(fields: tuple[str, ...], row: Model) -> str:
    values = [getattr(row, field) for field in fields]
    return "_".join(v.isoformat() if isinstance(v, datetime) else str(v) for v in values)


def _parse_key(fields: tuple[str, ...], raw: str) -> list[Any]:
    parts = raw.split("_")
    try:
        moments = [datetime.fromisoformat(part.replace(" ", "+")) for part in parts[:-1]]
        pk = int(parts[-1])
    except ValueError:
        raise BadRequest("The page address is invalid") from None
    readable = len(parts) == len(fields) and all(moment.tzinfo for moment in moments)
    if not readable or not 0 <= pk <= LARGEST_ID:
        raise BadRequest("The page address is invalid")
    return [*moments, pk]


def _build_key_condition(fields: tuple[str, ...], key: list[Any], operator: str) -> Q:
    """Build the condition for rows whose key is beyond ``key``, compared field by field."""
    condition = Q(**{f"{fields[-1]}__{operator}": key[-1]})
    for field, value in zip(fields[-2::-1], key[-2::-1], strict=True):
        # The simple bound comes first, because an index can use it but not the OR.
        condition = Q(**{f"{field}__{operator}e": value}) & (
            Q(**{f"{field}__{operator}": value}) | Q(**{field: value}) & condition
        )
    return condition
