"""The desk of imports: the list, and the way through one, step by step."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.decorators import display

from crm.adminkit.filters import OfferedFilter
from crm.adminkit.key_paging import KeyPagedList
from crm.adminkit.person import staff_of
from crm.adminkit.recording import origin_of
from crm.adminkit.scoping import ReadOnlyDesk
from crm.console.imports.permissions import kinds_for, may_bring, sees_all
from crm.console.imports.reading import reading_page
from crm.console.imports.showing import outcome_page, progress_page, progress_values
from crm.console.imports.steps import CHECKING, IMPORTING, READING, step_of
from crm.console.imports.uploading import upload_page
from crm.importing.failed_rows import failed_rows
from crm.importing.kinds import import_kinds
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRun
from crm.runs.operations.importing import WrongStep, begin_again, start_apply
from crm.runs.operations.starting import cancel_run
from crm.runs.queries.imports import get_import
from crm.runs.queries.progress import get_progress


class KindFilter(OfferedFilter):
    title = "what is in the file"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        kinds = import_kinds() if sees_all(request) else kinds_for(request)
        return [(kind.key, kind.plural.capitalize()) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.value()
        return queryset if given is None else queryset.filter(kind=given)


@admin.register(ImportRun)
class ImportDesk(ReadOnlyDesk):
    list_display = [
        "id",
        "file_name",
        "what",
        "step",
        "rows",
        "imported",
        "errors",
        "uploaded_by",
        "uploaded",
    ]
    list_display_links = ["id", "file_name"]
    list_filter = [KindFilter]
    list_select_related = ["dry_run", "apply_run", "uploaded_by"]
    sortable_by = ()
    actions = None

    def key_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyPagedList]:
        return KeyPagedList

    def prepare_page(self, request: HttpRequest, page: list[ImportRun]) -> list[ImportRun]:
        return page

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return sees_all(request) or bool(kinds_for(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(kinds_for(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRun]:
        uploads: QuerySet[ImportRun] = super().get_queryset(request)
        if sees_all(request):
            return uploads
        return uploads.filter(kind__in=[kind.key for kind in kinds_for(request)])

    # --- Columns ------------------------------------------------------------------------

    @display(description="What")
    def what(self, upload: ImportRun) -> str:
        return upload.kind.replace("_", " ").capitalize()

    @display(
        description="State",
        label={"info": "info", "warning": "warning", "success": "success", "danger": "danger"},
    )
    def step(self, upload: ImportRun) -> tuple[str, str]:
        step = step_of(upload)
        return step.colour, step.words

    @display(description="Rows")
    def rows(self, upload: ImportRun) -> str | None:
        return f"{upload.dry_run.done:,}" if upload.dry_run else None

    @display(description="Imported")
    def imported(self, upload: ImportRun) -> str | None:
        if upload.apply_run is None:
            return None
        done = upload.apply_run.result
        return f"{done.get('create', 0) + done.get('update', 0):,}"

    @display(description="Errors")
    def errors(self, upload: ImportRun) -> str | None:
        if upload.dry_run is None:
            return None
        changed = upload.apply_run.result.get("changed", 0) if upload.apply_run else 0
        return f"{upload.dry_run.result.get('error', 0) + changed:,}"

    @display(description="Uploaded")
    def uploaded(self, upload: ImportRun) -> str:
        return timezone.localtime(upload.uploaded_at).strftime("%d %b %Y %H:%M")

    # --- Pages --------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "progress": self.progress,
            "cancel": self.cancel,
            "confirm": self.confirm,
            "again": self.again,
            "failed": self.failed,
        }
        return [
            *(
                path(
                    f"<int:import_id>/{name}/",
                    self.admin_site.admin_view(page),
                    name=f"runs_importrun_{name}",
                )
                for name, page in pages.items()
            ),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        return upload_page(self, request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """The page of the step at which the import stands."""
        if not object_id.isascii() or not object_id.isdigit() or len(object_id) > 18:
            raise Http404
        upload = self._import(request, int(object_id))
        step = step_of(upload)
        if step.name == READING:
            if not may_bring(request, upload.kind):
                raise PermissionDenied
            return reading_page(self, request, upload)
        if step.name in (CHECKING, IMPORTING) and step.run is not None:
            progress = get_progress(org_id=staff_of(request).org_id, run_id=step.run.pk)
            return progress_page(self, request, upload, step, progress)
        return outcome_page(self, request, upload, step)

    def progress(self, request: HttpRequest, import_id: int) -> HttpResponse:
        """What the script of the progress bar asks for every second."""
        run = step_of(self._import(request, import_id)).run
        if run is None:
            raise Http404
        progress = get_progress(org_id=staff_of(request).org_id, run_id=run.pk)
        answer = JsonResponse(progress_values(progress))
        answer["Cache-Control"] = "no-store"
        return answer

    def confirm(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """Do what the dry run showed."""
        upload = self._writable(request, import_id)
        try:
            unit_of_work(start_apply)(origin=origin_of(request), import_id=upload.pk)
        except WrongStep as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
        return self._back(upload.pk)

    def cancel(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """Stop the dry run or the run; what is done stays done."""
        upload = self._writable(request, import_id)
        run = step_of(upload).run
        origin = origin_of(request)
        stopped = run is not None and unit_of_work(cancel_run)(
            org_id=origin.org.pk, run_id=run.pk, now=origin.at
        )
        if not stopped:
            self.message_user(request, "It was over before.", messages.WARNING)
        return self._back(upload.pk)

    def again(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """Read the same file anew."""
        upload = self._writable(request, import_id)
        fresh = unit_of_work(begin_again)(origin=origin_of(request), import_id=upload.pk)
        return self._back(fresh.pk)

    def failed(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """The failed rows as a file to be mended."""
        upload = self._import(request, import_id)
        if not may_bring(request, upload.kind):
            raise PermissionDenied
        answer = StreamingHttpResponse(failed_rows(upload), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="failed-rows-{upload.pk}.csv"'
        return answer

    def _writable(self, request: HttpRequest, import_id: int) -> ImportRun:
        if request.method != "POST":
            raise PermissionDenied
        upload = self._import(request, import_id)
        if not may_bring(request, upload.kind):
            raise PermissionDenied
        return upload

    def _import(self, request: HttpRequest, import_id: int) -> ImportRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            upload = get_import(org_id=staff_of(request).org_id, import_id=import_id)
        except ImportRun.DoesNotExist as missing:
            raise Http404 from missing
        if not sees_all(request) and not may_bring(request, upload.kind):
            raise PermissionDenied
        return upload

    def _back(self, import_id: int) -> HttpResponseBase:
        return redirect("admin:runs_importrun_change", import_id)
