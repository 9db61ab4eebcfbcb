"""The desk of requests: the queue with its preview, and the decisions that are made there."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from crm.adminkit.key_paging import AFTER, BEFORE, COUNTED, KeyPagedList
from crm.adminkit.person import staff_of
from crm.adminkit.request_lines import lines_of
from crm.adminkit.scoping import ReadOnlyDesk
from crm.adminkit.waiting import may_decide
from crm.approvals import errors
from crm.approvals.admin import filters
from crm.approvals.admin.bulk import confirm_bulk, decide_bulk, show_batch
from crm.approvals.admin.deciding import decide_one
from crm.approvals.admin.export import export_listed, may_export
from crm.approvals.admin.filing import file_for
from crm.approvals.admin.preview import preview_of
from crm.approvals.admin.showing import badges_of, tabs_of
from crm.approvals.domain.batching import MOST_AT_ONCE
from crm.approvals.models import Request
from crm.approvals.queries.finding import find_requests
from crm.approvals.queries.makers import own_entities
from crm.approvals.queries.reading import TOLD, get_request

SORT, SELECTED, NEWEST = "sort", "selected", "newest"
OUR_OWN = (SORT, SELECTED)
BATCH_PAGES = ("", "progress", "csv", "go-on")
ON_ALL = ("approvals_request_bulk", "approvals_request_export")


class Queue(KeyPagedList):
    """The list, of which the row that is looked at and the order are no filters."""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        given = super().get_filters_params(params)
        return {name: value for name, value in given.items() if name not in OUR_OWN}

    def link(self, **changed: Any) -> str:
        """The same list, otherwise; from its first page, with no row chosen."""
        return self.get_query_string(
            {name: value for name, value in changed.items() if value is not None},
            remove=[AFTER, BEFORE, SELECTED, *(n for n, v in changed.items() if v is None)],
        )

    def link_to(self, row: Request) -> str:
        """The same page with this row chosen."""
        return self.get_query_string({SELECTED: row.pk})


@admin.register(Request)
class RequestDesk(ReadOnlyDesk):
    list_display = ["id"]
    list_filter = [
        filters.KindFilter,
        filters.StatusFilter,
        filters.AgeFilter,
        filters.MakerFilter,
        filters.StoreFilter,
        filters.ValueFilter,
        filters.PointsFilter,
    ]
    list_filter_submit = True
    list_select_related = [*TOLD]
    search_fields = ["id"]  # shows the field; what is searched is by customer and value
    search_help_text = "Customer, old or new value, number"
    sortable_by = ()
    actions = None

    def key_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("filed_at", "id")

    def is_rising(self, request: HttpRequest) -> bool:
        """Oldest first, unless asked otherwise."""
        return request.GET.get(SORT) != NEWEST

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyPagedList]:
        return Queue

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        org_id = staff_of(request).org_id
        # A page shows a few; whatever acts on all that match needs all.
        match = request.resolver_match
        most = MOST_AT_ONCE if match and match.url_name in ON_ALL else COUNTED
        ids = find_requests(queryset, org_id=org_id, text=search_term, limit=most + 1)
        return queryset.filter(pk__in=ids), False

    def prepare_page(self, request: HttpRequest, page: list[Request]) -> list[Request]:
        """Lay the line to be shown beside each row of the page."""
        user = staff_of(request)
        own = own_entities(org_id=user.org_id, entity_id=user.entity_id)
        lines = lines_of(page, org_id=user.org_id, own=own, now=timezone.now())
        for row, line in zip(page, lines, strict=True):
            row.line = line  # type: ignore[attr-defined]
        return page

    # --- Pages --------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path(
                "<int:request_id>/preview/",
                guarded(self.preview),
                name="approvals_request_preview",
            ),
            path(
                "<int:request_id>/decide/",
                guarded(self.decide),
                name="approvals_request_decide",
            ),
            path(
                "file/<int:customer_id>/<str:kind>/",
                guarded(self.file),
                name="approvals_request_file",
            ),
            path("export/", guarded(self.export), name="approvals_request_export"),
            path("bulk/", guarded(self.bulk), name="approvals_request_bulk"),
            path("bulk/decide/", guarded(self.bulk_decide), name="approvals_request_decide_bulk"),
            path("batches/<int:batch_id>/", guarded(self.batch), name="approvals_request_batch"),
            path(
                "batches/<int:batch_id>/<str:page>/",
                guarded(self.batch),
                name="approvals_request_batch_page",
            ),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer = super().changelist_view(
            request, {"title": "Requests", "decides": may_decide(request), **(extra_context or {})}
        )
        if isinstance(answer, TemplateResponse) and answer.context_data:
            answer.context_data |= self._around(request, answer.context_data["cl"])
        return answer

    def _around(self, request: HttpRequest, listed: Queue) -> dict[str, Any]:
        """What stands around the rows: tabs, badges, and the preview of the one chosen."""
        rows: list[Any] = listed.result_list
        chosen = self._chosen(request)
        ids = [row.pk for row in rows]
        for row in rows:
            row.line["url"] = listed.link_to(row)
            row.line["is_chosen"] = chosen is not None and row.pk == chosen.pk
        follows = ids.index(chosen.pk) + 1 if chosen and chosen.pk in ids else len(ids)
        panel = preview_of(request, chosen, now=timezone.now()) if chosen else None
        return {
            "lines": [row.line for row in rows],
            "tabs": tabs_of(request, listed),
            **badges_of(request, listed),
            "is_rising": self.is_rising(request),
            "turn_link": listed.link(sort=NEWEST if self.is_rising(request) else None),
            "panel": panel,
            "next": next(iter(ids[follows:]), ""),
            "bulk_url": f"{reverse('admin:approvals_request_bulk')}{listed.link()}",
            "export_url": (
                f"{reverse('admin:approvals_request_export')}{listed.link()}"
                if may_export(request)
                else ""
            ),
            "most_at_once": f"{MOST_AT_ONCE:,}",
            "back": request.GET.urlencode(),
            "close_link": listed.get_query_string(remove=[SELECTED]),
        }

    def _chosen(self, request: HttpRequest) -> Request | None:
        """The request of the row that the address names; None when it names none of ours."""
        written = request.GET.get(SELECTED, "")
        if not (written.isascii() and written.isdecimal()) or len(written) > 18:
            return None
        try:
            return get_request(org_id=staff_of(request).org_id, request_id=int(written))
        except errors.RequestUnknown:
            return None

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """The preview as a page of its own."""
        if not (object_id.isascii() and object_id.isdecimal()) or len(object_id) > 18:
            raise Http404
        asked = self._request(request, int(object_id))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": asked,
            "title": f"{asked.get_kind_display()}, request {asked.pk}",
            "panel": preview_of(request, asked, now=timezone.now()),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "console/request.html", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The page shows what became of the request; there is no other history."""
        return self.change_view(request, object_id)

    def preview(self, request: HttpRequest, request_id: int) -> HttpResponseBase:
        """The panel beside the list, for its script."""
        asked = self._request(request, request_id)
        answer = TemplateResponse(
            request,
            "_pieces/request_preview.html",
            {
                "panel": preview_of(request, asked, now=timezone.now()),
                "back": request.GET.urlencode(),
                "close_link": reverse("admin:approvals_request_changelist"),
            },
        )
        answer["Cache-Control"] = "no-store"
        return answer

    def decide(self, request: HttpRequest, request_id: int) -> HttpResponseBase:
        """Approve or reject one."""
        return decide_one(self, request, self._request(request, request_id))

    def file(self, request: HttpRequest, customer_id: int, kind: str) -> HttpResponseBase:
        """Ask for something for a customer."""
        return file_for(self, request, customer_id, kind)

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The requests listed, with the same filters, as a file; and a line in the audit."""
        if not (self.has_view_permission(request) and may_export(request)):
            raise PermissionDenied
        return export_listed(request, self.get_changelist_instance(request).queryset)

    def bulk(self, request: HttpRequest) -> HttpResponseBase:
        """What deciding many comes to."""
        return confirm_bulk(self, request)

    def bulk_decide(self, request: HttpRequest) -> HttpResponseBase:
        """Decide many, as confirmed."""
        return decide_bulk(self, request)

    def batch(self, request: HttpRequest, batch_id: int, page: str = "") -> HttpResponseBase:
        """What became of many."""
        if page not in BATCH_PAGES:
            raise Http404
        return show_batch(self, request, batch_id, page)

    def _request(self, request: HttpRequest, request_id: int) -> Request:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return get_request(org_id=staff_of(request).org_id, request_id=request_id)
        except errors.RequestUnknown as refusal:
            raise Http404 from refusal
        except OverflowError as number:  # SQLite's, of a number that no column holds
            raise Http404 from number
