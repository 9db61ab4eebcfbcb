"""The desk of background runs: progress and results."""

from django.contrib import admin
from django.utils import timezone
from unfold.decorators import display

from crm.adminkit.event_descriptions import format_value
from crm.adminkit.filters import ChoiceFilter
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.runs.models import Run

COLOURS = {
    Run.State.RUNNING: "info",
    Run.State.CANCELLING: "warning",
    Run.State.DONE: "success",
    Run.State.FAILED: "danger",
}


class StateFilter(ChoiceFilter):
    title = "state"
    parameter_name = "state"


@admin.register(Run)
class RunDesk(KeyPagedDesk):
    list_display = ["id", "kind", "run_state", "progress", "started_by", "queued", "finished"]
    list_filter = [StateFilter]
    list_select_related = ["started_by"]
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
