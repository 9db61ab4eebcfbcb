"""The desk of imports: the list, and the pages of one import."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.event_descriptions import upper_first
from crm.adminkit.filters import OfferedFilter
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.localized import format_count, format_minute
from crm.console.imports.columns_page import mapping_page
from crm.console.imports.import_permissions import (
    list_permitted_kinds,
    may_decide_undo,
    may_import,
    may_see_all,
)
from crm.console.imports.import_questions import AnswerForm
from crm.console.imports.import_steps import CHECKING, IMPORTING, MAPPING, UNDOING, get_step
from crm.console.imports.result_pages import outcome_page, progress_page, progress_values
from crm.console.imports.undo_page import decide_page, undo_page
from crm.console.imports.upload_page import upload_page
from crm.imports.failed_rows import iterate_failed_lines
from crm.imports.import_kinds import list_import_kinds
from crm.imports.mapping_proposals import name_failed_rows
from crm.imports.operations.import_runs import (
    answer_question,
    continue_import,
    copy_import,
    start_apply,
)
from crm.imports.queries.import_counts import count_rows
from crm.imports.queries.import_runs import get_import
from crm.kernel.ids import read_id
from crm.kernel.transactions import unit_of_work
from crm.runs.errors import WrongImportStep
from crm.runs.models import ImportRun
from crm.runs.operations.run_start import cancel_run
from crm.runs.queries.progress import get_progress


class KindFilter(OfferedFilter):
    title = _("import type")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        kinds = list_import_kinds() if may_see_all(request) else list_permitted_kinds(request)
        return [(kind.key, upper_first(gettext(kind.plural))) for kind in kinds]


@admin.register(ImportRun)
class ImportDesk(KeyPagedDesk):
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
    list_select_related = ["dry_run", "apply_run", "undo_run", "uploaded_by"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_see_all(request) or bool(list_permitted_kinds(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(list_permitted_kinds(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRun]:
        uploads: QuerySet[ImportRun] = super().get_queryset(request)
        if may_see_all(request):
            return uploads
        return uploads.filter(kind__in=[kind.key for kind in list_permitted_kinds(request)])

    # --- Columns ------------------------------------------------------------------------

    @display(description=_("Import type"))
    def what(self, upload: ImportRun) -> str:
        return upper_first(gettext(upload.kind.replace("_", " ")))

    @display(
        description=_("State"),
        label={"info": "info", "warning": "warning", "success": "success", "danger": "danger"},
    )
    def step(self, upload: ImportRun) -> tuple[str, str]:
        step = get_step(upload)
        return step.colour, step.label

    @display(description=_("Rows"))
    def rows(self, upload: ImportRun) -> str | None:
        return format_count(upload.dry_run.done) if upload.dry_run else None

    @display(description=_("Imported"))
    def imported(self, upload: ImportRun) -> str | None:
        if upload.apply_run is None:
            return None
        counts = count_rows(upload)
        return format_count(counts["create"] + counts["update"])

    @display(description=_("Errors"))
    def errors(self, upload: ImportRun) -> str | None:
        if upload.dry_run is None:
            return None
        counts = count_rows(upload)
        return format_count(counts["error"] + counts["drifted"])

    @display(description=_("Uploaded"))
    def uploaded(self, upload: ImportRun) -> str:
        return format_minute(upload.uploaded_at)

    # --- Pages --------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "progress": self.progress,
            "cancel": self.cancel,
            "confirm": self.confirm,
            "again": self.again,
            "continue": self.continue_,
            "answer": self.answer,
            "failed": self.failed,
            "undo": self.undo,
            "decide": self.decide,
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
        """Show the page of the current step of the import."""
        import_id = read_id(object_id)
        if import_id is None:
            raise Http404
        upload = self._get_import(request, import_id)
        step = get_step(upload)
        if step.name == MAPPING:
            if not may_import(request, upload.kind):
                raise PermissionDenied
            return mapping_page(self, request, upload)
        if step.name in (CHECKING, IMPORTING, UNDOING) and step.run is not None:
            progress = get_progress(org_id=get_staff_user(request).org_id, run_id=step.run.pk)
            return progress_page(self, request, upload, step, progress)
        return outcome_page(self, request, upload, step)

    def progress(self, request: HttpRequest, import_id: int) -> HttpResponse:
        """Return the progress as JSON; the progress bar requests it every second."""
        run = get_step(self._get_import(request, import_id)).run
        if run is None:
            raise Http404
        progress = get_progress(org_id=get_staff_user(request).org_id, run_id=run.pk)
        answer = JsonResponse(progress_values(progress))
        answer["Cache-Control"] = "no-store"
        return answer

    def confirm(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """Start the import after the dry run."""
        upload = self._get_writable_import(request, import_id)
        try:
            unit_of_work(start_apply)(origin=get_origin(request), import_id=upload.pk)
        except WrongImportStep as refusal:
            self.message_user(request, gettext(str(refusal)), messages.WARNING)
        return self._redirect_to_import(upload.pk)

    def cancel(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """Cancel the dry run or the import; rows that were imported stay."""
        upload = self._get_writable_import(request, import_id)
        run = get_step(upload).run
        origin = get_origin(request)
        stopped = run is not None and unit_of_work(cancel_run)(
            org_id=origin.org.pk, run_id=run.pk, now=origin.at
        )
        if not stopped:
            self.message_user(request, gettext("It had already finished."), messages.WARNING)
        return self._redirect_to_import(upload.pk)

    def continue_(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """Continue a dry run or an import that failed or was cancelled."""
        upload = self._get_writable_import(request, import_id)
        try:
            unit_of_work(continue_import)(origin=get_origin(request), import_id=upload.pk)
        except WrongImportStep as refusal:
            self.message_user(request, gettext(str(refusal)), messages.WARNING)
        return self._redirect_to_import(upload.pk)

    def again(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """Start a new import of the same file."""
        upload = self._get_writable_import(request, import_id)
        new_import = unit_of_work(copy_import)(origin=get_origin(request), import_id=upload.pk)
        return self._redirect_to_import(new_import.pk)

    def answer(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """Check the file again, read as staff have answered the question of its dry run."""
        upload = self._get_writable_import(request, import_id)
        form = AnswerForm(request.POST)
        if not form.is_valid():
            raise BadRequest("Choose one of the answers")
        try:
            new_import = unit_of_work(answer_question)(
                origin=get_origin(request), import_id=upload.pk, **form.reading()
            )
        except WrongImportStep as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
            return self._redirect_to_import(upload.pk)
        return self._redirect_to_import(new_import.pk)

    def failed(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """Download the failed rows as CSV."""
        upload = self._get_import(request, import_id)
        if not may_import(request, upload.kind):
            raise PermissionDenied
        answer = StreamingHttpResponse(
            iterate_failed_lines(upload), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="{name_failed_rows(upload)}"'
        return answer

    def undo(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """Show what undoing the import would do; the form of the page starts it."""
        upload = self._get_import(request, import_id)
        if not may_import(request, upload.kind):
            raise PermissionDenied
        return undo_page(self, request, upload)

    def decide(self, request: HttpRequest, import_id: int) -> HttpResponseBase:
        """Approve or refuse the undo of a large import."""
        upload = self._get_import(request, import_id)
        if request.method != "POST" or not may_decide_undo(request):
            raise PermissionDenied
        return decide_page(self, request, upload)

    def _get_writable_import(self, request: HttpRequest, import_id: int) -> ImportRun:
        if request.method != "POST":
            raise PermissionDenied
        upload = self._get_import(request, import_id)
        if not may_import(request, upload.kind):
            raise PermissionDenied
        return upload

    def _get_import(self, request: HttpRequest, import_id: int) -> ImportRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            upload = get_import(org_id=get_staff_user(request).org_id, import_id=import_id)
        except ImportRun.DoesNotExist as missing:
            raise Http404 from missing
        if not may_see_all(request) and not may_import(request, upload.kind):
            raise PermissionDenied
        return upload

    def _redirect_to_import(self, import_id: int) -> HttpResponseBase:
        return redirect("admin:runs_importrun_change", import_id)
