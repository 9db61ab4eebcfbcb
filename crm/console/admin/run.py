"""The desk of background runs: progress and results."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from crm.adminkit.event_descriptions import format_value
from crm.adminkit.filters import OfferedFilter
from crm.adminkit.key_pagination import KeyPagedList
from crm.adminkit.org_scope import ReadOnlyDesk
from crm.runs.models import Run

COLOURS = {
    Run.State.RUNNING: "info",
    Run.State.CANCELLING: "warning",
    Run.State.DONE: "success",
    Run.State.FAILED: "danger",
}


class StateFilter(OfferedFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Run.State.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value()
        return queryset if state is None else queryset.filter(state=state)


@admin.register(Run)
class RunDesk(ReadOnlyDesk):
    list_display = ["id", "kind", "run_state", "progress", "started_by", "queued", "finished"]
    list_filter = [StateFilter]
    list_select_related = ["started_by"]
    sortable_by = ()
    actions = None
    fields = [
        "kind",
        "state",
        "step",
        "progress",
        "outcome",
        "failure",
        "started_by",
        "queued_at",
        "started_at",
        "finished_at",
        "attempts",
    ]
    readonly_fields = fields

    def key_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeyPagedList]:
        return KeyPagedList

    def prepare_page(self, request: HttpRequest, page: list[Run]) -> list[Run]:
        return page

    @display(description="State", label=COLOURS)
    def run_state(self, run: Run) -> tuple[str, str]:
        return run.state, run.get_state_display()

    @display(description="Progress")
    def progress(self, run: Run) -> str:
        return f"{run.done:,} of {run.total:,}" if run.total else f"{run.done:,}"

    @display(description="Result")
    def outcome(self, run: Run) -> str:
        return format_value(run.result)

    @display(description="Queued")
    def queued(self, run: Run) -> str:
        return timezone.localtime(run.queued_at).strftime("%d %b %Y %H:%M")

    @display(description="Finished")
    def finished(self, run: Run) -> str | None:
        if run.finished_at is None:
            return None
        return timezone.localtime(run.finished_at).strftime("%d %b %Y %H:%M")
