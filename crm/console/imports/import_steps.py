"""The current step of an import."""

from dataclasses import dataclass

from django.utils.translation import gettext

from crm.imports.queries import import_states as states
from crm.imports.queries.import_runs import find_question
from crm.imports.queries.import_states import get_state
from crm.runs.models import ImportRun, Run

MAPPING, CHECKING, PREVIEWED, IMPORTING, UNDOING, FINISHED = (
    "reading",
    "checking",
    "shown",
    "importing",
    "undoing",
    "over",
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step: ``name`` selects the page, ``label`` and ``colour`` are those of the badge."""

    name: str
    label: str
    colour: str
    run: Run | None = None


def get_step(upload: ImportRun) -> Step:
    """Return the current step; the runs of the import must be loaded."""
    if upload.dry_run is None:
        return Step(MAPPING, gettext("Column mapping"), "info")
    if upload.dry_run.finished_at is None:
        return Step(CHECKING, gettext("Dry run"), "info", upload.dry_run)
    if find_question(upload.dry_run) is not None:
        return Step(FINISHED, gettext("Question to answer"), "warning", upload.dry_run)
    if upload.dry_run.state != Run.State.DONE:
        return _build_finished_step(upload.dry_run, gettext("Dry run"))
    if upload.apply_run is None:
        return Step(PREVIEWED, gettext("Preview, to be confirmed"), "warning", upload.dry_run)
    if upload.apply_run.finished_at is None:
        return Step(IMPORTING, gettext("Importing"), "info", upload.apply_run)
    if upload.undo_run is not None:
        state = get_state(upload)
        if state == states.UNDOING:
            return Step(UNDOING, gettext("Being undone"), "info", upload.undo_run)
        if state == states.UNDONE:
            return Step(FINISHED, gettext("Undone"), "warning", upload.undo_run)
        if state == states.PARTLY_UNDONE:
            return Step(FINISHED, gettext("Partly undone"), "warning", upload.undo_run)
    return _build_finished_step(upload.apply_run, gettext("Import"))


def _build_finished_step(run: Run, subject: str) -> Step:
    if run.state == Run.State.DONE:
        return Step(FINISHED, gettext("Imported"), "success", run)
    if run.state == Run.State.CANCELLED:
        return Step(
            FINISHED, gettext("{subject} cancelled").format(subject=subject), "warning", run
        )
    return Step(FINISHED, gettext("{subject} failed").format(subject=subject), "danger", run)
