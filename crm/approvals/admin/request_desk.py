"""The request queue, with previews and decisions."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.key_pagination import AFTER, BEFORE, COUNT_LIMIT, KeyPagedDesk, KeyPagedList
from crm.adminkit.localized import format_count
from crm.adminkit.pending_requests import may_decide
from crm.adminkit.request_summaries import describe_requests
from crm.approvals import errors
from crm.approvals.admin import request_filters
from crm.approvals.admin.bulk_decision import confirm_bulk, decide_bulk, show_batch
from crm.approvals.admin.new_request import file_from_customer_page
from crm.approvals.admin.queue_tabs import build_badges, build_tabs
from crm.approvals.admin.request_export import export_requests, may_export
from crm.approvals.admin.request_preview import build_preview
from crm.approvals.admin.single_decision import decide_request
from crm.approvals.domain.batches import MAX_BATCH_SIZE
from crm.approvals.models import Request
from crm.approvals.queries.makers import list_own_entities
from crm.approvals.queries.request_search import find_requests
from crm.approvals.queries.requests import RELATED, get_request
from crm.kernel.ids import read_id

SORT, SELECTED, NEWEST = "sort", "selected", "newest"
PAGE_PARAMETERS = (SORT, SELECTED)
BATCH_PAGES = ("", "progress", "csv", "go-on")
WHOLE_LIST_URLS = ("approvals_request_bulk", "approvals_request_export")


class RequestQueue(KeyPagedList):
    """The change list. The selected row and the order are not filters."""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        filter_params = super().get_filters_params(params)
        return {name: value for name, value in filter_params.items() if name not in PAGE_PARAMETERS}

    def link(self, **changed: Any) -> str:
        """Return a link to the first page with changed parameters; None removes one."""
        return self.get_query_string(
            {name: value for name, value in changed.items() if value is not None},
            remove=[AFTER, BEFORE, SELECTED, *(n for n, v in changed.items() if v is None)],
        )

    def link_to(self, row: Request) -> str:
        """Return a link to this page with the row selected."""
        return self.get_query_string({SELECTED: row.pk})


@admin.register(Request)
class RequestDesk(KeyPagedDesk):
    list_display = ["id"]
    list_filter = [
        request_filters.KindFilter,
        request_filters.StatusFilter,
        request_filters.AgeFilter,
        request_filters.MakerFilter,
        request_filters.StoreFilter,
        request_filters.ValueFilter,
        request_filters.PointsFilter,
    ]
    list_filter_submit = True
    list_select_related = [*RELATED]
    search_fields = ["id"]  # only enables the search field; see search_rows
    search_help_text = _("Customer, old or new value, request id")

    def key_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("filed_at", "id")

    def is_ascending(self, request: HttpRequest) -> bool:
        """Whether the oldest come first, which is the default."""
        return request.GET.get(SORT) != NEWEST

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyPagedList]:
        return RequestQueue

    def search_rows(self, request: HttpRequest, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        org_id = get_staff_user(request).org_id
        # Bulk decisions and exports need all matches, not only one page.
        match = request.resolver_match
        limit = MAX_BATCH_SIZE if match and match.url_name in WHOLE_LIST_URLS else COUNT_LIMIT
        ids = find_requests(rows, org_id=org_id, text=text, limit=limit + 1)
        return rows.filter(pk__in=ids)

    def prepare_page(self, request: HttpRequest, page: list[Request]) -> list[Request]:
        """Attach the displayed values to each row as ``line``."""
        user = get_staff_user(request)
        own = list_own_entities(org_id=user.org_id, entity_id=user.entity_id)
        lines = describe_requests(page, org_id=user.org_id, own=own, now=timezone.now())
        for row, line in zip(page, lines, strict=True):
            row.line = line  # type: ignore[attr-defined]
        return page

    # --- Pages --------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        admin_view = self.admin_site.admin_view
        return [
            path(
                "<int:request_id>/preview/",
                admin_view(self.preview),
                name="approvals_request_preview",
            ),
            path(
                "<int:request_id>/decide/",
                admin_view(self.decide),
                name="approvals_request_decide",
            ),
            path(
                "file/<int:customer_id>/<str:kind>/",
                admin_view(self.file),
                name="approvals_request_file",
            ),
            path("export/", admin_view(self.export), name="approvals_request_export"),
            path("bulk/", admin_view(self.bulk), name="approvals_request_bulk"),
            path(
                "bulk/decide/", admin_view(self.bulk_decide), name="approvals_request_decide_bulk"
            ),
            path("batches/<int:batch_id>/", admin_view(self.batch), name="approvals_request_batch"),
            path(
                "batches/<int:batch_id>/<str:page>/",
                admin_view(self.batch),
                name="approvals_request_batch_page",
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer = super().changelist_view(
            request,
            {"title": gettext("Requests"), "decides": may_decide(request), **(extra_context or {})},
        )
        if isinstance(answer, TemplateResponse) and answer.context_data:
            answer.context_data |= self._build_list_context(request, answer.context_data["cl"])
        return answer

    def _build_list_context(self, request: HttpRequest, queue: RequestQueue) -> dict[str, Any]:
        """Build the context around the rows: tabs, badges and the selected request's preview."""
        rows: list[Any] = queue.result_list
        selected = self._get_selected(request)
        ids = [row.pk for row in rows]
        for row in rows:
            row.line["url"] = queue.link_to(row)
            row.line["is_selected"] = selected is not None and row.pk == selected.pk
        next_index = ids.index(selected.pk) + 1 if selected and selected.pk in ids else len(ids)
        panel = build_preview(request, selected, now=timezone.now()) if selected else None
        return {
            "lines": [row.line for row in rows],
            "tabs": build_tabs(request, queue),
            **build_badges(request, queue),
            "is_ascending": self.is_ascending(request),
            "turn_link": queue.link(sort=NEWEST if self.is_ascending(request) else None),
            "panel": panel,
            "next": next(iter(ids[next_index:]), ""),
            "bulk_url": f"{reverse('admin:approvals_request_bulk')}{queue.link()}",
            "export_url": (
                f"{reverse('admin:approvals_request_export')}{queue.link()}"
                if may_export(request)
                else ""
            ),
            "most_at_once": format_count(MAX_BATCH_SIZE),
            "back": request.GET.urlencode(),
            "close_link": queue.get_query_string(remove=[SELECTED]),
        }

    def _get_selected(self, request: HttpRequest) -> Request | None:
        """Return the request selected in the URL, or None if it is missing or unknown."""
        request_id = read_id(request.GET.get(SELECTED))
        if request_id is None:
            return None
        try:
            return get_request(org_id=get_staff_user(request).org_id, request_id=request_id)
        except errors.RequestUnknown:
            return None

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show the preview on its own page."""
        request_id = read_id(object_id)
        if request_id is None:
            raise Http404
        change_request = self._get_request(request, request_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": change_request,
            "title": gettext("{kind}, request {id}").format(
                kind=change_request.get_kind_display(), id=change_request.pk
            ),
            "panel": build_preview(request, change_request, now=timezone.now()),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "console/request.html", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Show the preview page, which includes the request's history."""
        return self.change_view(request, object_id)

    def preview(self, request: HttpRequest, request_id: int) -> HttpResponseBase:
        """Return the preview panel, for the script of the list."""
        change_request = self._get_request(request, request_id)
        answer = TemplateResponse(
            request,
            "_pieces/request_preview.html",
            {
                "panel": build_preview(request, change_request, now=timezone.now()),
                "back": request.GET.urlencode(),
                "close_link": reverse("admin:approvals_request_changelist"),
            },
        )
        answer["Cache-Control"] = "no-store"
        return answer

    def decide(self, request: HttpRequest, request_id: int) -> HttpResponseBase:
        """Approve or reject one request."""
        return decide_request(self, request, self._get_request(request, request_id))

    def file(self, request: HttpRequest, customer_id: int, kind: str) -> HttpResponseBase:
        """File a request from a customer's page."""
        return file_from_customer_page(self, request, customer_id, kind)

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Export the filtered requests as CSV, and record an audit event."""
        if not (self.has_view_permission(request) and may_export(request)):
            raise PermissionDenied
        return export_requests(request, self.get_changelist_instance(request).queryset)

    def bulk(self, request: HttpRequest) -> HttpResponseBase:
        """Show the confirmation page of a bulk decision."""
        return confirm_bulk(self, request)

    def bulk_decide(self, request: HttpRequest) -> HttpResponseBase:
        """Run a confirmed bulk decision."""
        return decide_bulk(self, request)

    def batch(self, request: HttpRequest, batch_id: int, page: str = "") -> HttpResponseBase:
        """Show the outcomes of a bulk decision."""
        if page not in BATCH_PAGES:
            raise Http404
        return show_batch(self, request, batch_id, page)

    def _get_request(self, request: HttpRequest, request_id: int) -> Request:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return get_request(org_id=get_staff_user(request).org_id, request_id=request_id)
        except errors.RequestUnknown as refusal:
            raise Http404 from refusal
        except OverflowError as error:  # raised by SQLite for numbers beyond 64 bits
            raise Http404 from error
