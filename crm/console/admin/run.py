"""The desk of background runs: progress and results."""

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crm.adminkit.event_descriptions import format_value
from crm.adminkit.filters import ChoiceFilter
from crm.adminkit.key_pagination import KeyPagedDesk
from crm.adminkit.localized import format_count, format_minute
from crm.runs.models import Run

COLOURS = {
    Run.State.RUNNING: "info",
    Run.State.CANCELLING: "warning",
    Run.State.DONE: "success",
    Run.State.FAILED: "danger",
}


class StateFilter(ChoiceFilter):
    title = _("state")
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

    @display(description=_("State"), label=COLOURS)
    def run_state(self, run: Run) -> tuple[str, str]:
        return run.state, run.get_state_display()

    @display(description=_("Progress"))
    def progress(self, run: Run) -> str:
        return (
            gettext("{done} of {total}").format(
                done=format_count(run.done), total=format_count(run.total)
            )
            if run.total
            else format_count(run.done)
        )

    @display(description=_("Result"))
    def outcome(self, run: Run) -> str:
        return format_value(run.result)

    @display(description=_("Queued"))
    def queued(self, run: Run) -> str:
        return format_minute(run.queued_at)

    @display(description=_("Finished"))
    def finished(self, run: Run) -> str | None:
        if run.finished_at is None:
            return None
        return format_minute(run.finished_at)
