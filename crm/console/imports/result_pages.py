"""The progress page and the result page of an import: counts, rows and differences."""

from typing import Any

from django.apps import apps
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, ngettext

from crm.adminkit.event_descriptions import EMPTY, describe_name, format_value, upper_first
from crm.adminkit.localized import format_count, format_minute
from crm.adminkit.translated_texts import translate_stored_text, translate_text
from crm.console.imports.import_permissions import may_import
from crm.console.imports.import_questions import describe_question
from crm.console.imports.import_steps import (
    CHECKING,
    FINISHED,
    IMPORTING,
    PREVIEWED,
    UNDOING,
    Step,
)
from crm.console.imports.import_undo import describe_undo
from crm.imports.import_kinds import ImportKind, get_import_kind
from crm.imports.queries import import_states as states
from crm.imports.queries.import_counts import count_rows, list_facts
from crm.imports.queries.import_runs import (
    NOT_UNDONE,
    UNDONE,
    find_earlier_import,
    find_question,
    list_rows,
    list_rows_before,
)
from crm.imports.queries.import_states import can_continue_import, get_state
from crm.kernel.ids import read_number
from crm.runs.models import ImportRow, ImportRun, Run
from crm.runs.queries.progress import RunProgress

ROWS_PER_PAGE = 50
UNDO_LABELS = {UNDONE: gettext_noop("Undone"), NOT_UNDONE: gettext_noop("Not undone")}
# The rows that need attention come first.
SHOWN_FIRST = ("ERROR", "DRIFTED", "UPDATE", "CREATE", "UNCHANGED", "SKIP")
LARGEST_ROW_NUMBER = 10**9 - 1
MAX_CELLS = 5
COLOURS = {
    "CREATE": "good",
    "UPDATE": "info",
    "UNCHANGED": "unset",
    "SKIP": "unset",
    "ERROR": "bad",
    "DRIFTED": "warn",
    UNDONE: "unset",
    NOT_UNDONE: "warn",
}
OUTCOME_LABELS = {
    PREVIEWED: {
        "CREATE": gettext_noop("To create"),
        "UPDATE": gettext_noop("To update"),
        "UNCHANGED": gettext_noop("Unchanged"),
        "SKIP": gettext_noop("To skip"),
        "ERROR": gettext_noop("Errors"),
    },
    FINISHED: {
        "CREATE": gettext_noop("Created"),
        "UPDATE": gettext_noop("Updated"),
        "UNCHANGED": gettext_noop("Unchanged"),
        "SKIP": gettext_noop("Skipped"),
        "ERROR": gettext_noop("Errors"),
        "DRIFTED": gettext_noop("Drifted"),
    },
}

PROGRESS_TEXTS = {
    CHECKING: {
        "heading": gettext_noop("Checking every row"),
        "explanation": gettext_noop("Nothing is imported yet. You will see a preview first."),
    },
    IMPORTING: {
        "heading": gettext_noop("Importing"),
        "explanation": gettext_noop(
            "You can leave this page; the import continues in the background."
        ),
    },
    UNDOING: {
        "heading": gettext_noop("Undoing the import"),
        "explanation": gettext_noop(
            "The last rows first. You can leave this page; it continues in the background."
        ),
    },
}


def progress_page(
    desk: Any, request: HttpRequest, upload: ImportRun, step: Step, run: RunProgress
) -> Any:
    """Show the progress bar; a script updates it, and so does reloading the page."""
    return _render_page(
        desk,
        request,
        upload,
        "console/import_progress.html",
        step=step,
        progress=progress_values(run),
        progress_url=reverse("admin:runs_importrun_progress", args=[upload.pk]),
        cancel_url=reverse("admin:runs_importrun_cancel", args=[upload.pk]),
        # During the dry run the number of rows is an estimate.
        of=gettext("of about") if step.name == CHECKING else gettext("of"),
        **{name: gettext(text) for name, text in PROGRESS_TEXTS[step.name].items()},
    )


def progress_values(run: RunProgress) -> dict[str, Any]:
    """Return the values of the progress bar, for the page and for its script."""
    share = min(1.0, run.done / run.total) if run.total else 0.0
    return {
        "over": run.is_over,
        "percent": 100 if run.is_over else int(share * 100),
        "done": format_count(run.done),
        "total": format_count(run.total) if run.total else "",
        "rate": format_count(run.rate) if run.rate else "",
        "left": _format_duration(run.seconds_left),
        "state": Run.State(run.state).label,
        "note": gettext("{failure} It will be retried.").format(
            failure=translate_stored_text(run.failure)
        )
        if run.failure and not run.is_over
        else "",
        "counts": {name: format_count(count) for name, count in run.result.items()},
    }


def outcome_page(desk: Any, request: HttpRequest, upload: ImportRun, step: Step) -> Any:
    """Show the preview or the result: counts, and the rows of one outcome with differences."""
    outcome = request.GET.get("outcome", "")
    if outcome and outcome not in (*ImportRow.Outcome.values, UNDONE, NOT_UNDONE):
        raise BadRequest("There is no such outcome")
    counts = {**count_rows(upload), **_count_undone(upload)}
    shown = outcome or next((name for name in SHOWN_FIRST if counts[name.lower()]), "ERROR")
    rows, newer, older = _list_rows(request, upload, shown)
    kind = get_import_kind(upload.kind)
    labels = OUTCOME_LABELS[PREVIEWED if upload.apply_run is None else FINISHED]
    if upload.undo_run is not None:
        labels = {**labels, **UNDO_LABELS}
    row_count = counts["create"] + counts["update"]
    is_refused_as_a_whole = upload.all_or_nothing and counts["error"] > 0
    question = find_question(upload.dry_run)
    return _render_page(
        desk,
        request,
        upload,
        "console/import_outcome.html",
        step=step,
        counts=[
            {
                "outcome": name,
                "label": gettext(labels[name]),
                "count": format_count(counts[name.lower()]),
                "is_shown": name == shown,
                "colour": COLOURS[name],
            }
            for name in labels
        ],
        facts=[translate_text(fact) for fact in list_facts(upload)],
        modes=_describe_modes(upload),
        seen_before=describe_earlier_import(upload) if step.name == PREVIEWED else "",
        shown=shown,
        shown_words=gettext(labels.get(shown, shown)),
        rows=[_describe_row(row, upload, kind, shown == "UPDATE") for row in rows],
        newer=newer,
        older=older,
        may_import=may_import(request, upload.kind),
        can_confirm=step.name == PREVIEWED and row_count > 0 and not is_refused_as_a_whole,
        is_refused_as_a_whole=step.name == PREVIEWED and is_refused_as_a_whole,
        is_empty=step.name == PREVIEWED and row_count == 0,
        confirm_button=ngettext("Import {count} row", "Import {count} rows", row_count).format(
            count=format_count(row_count)
        ),
        # Of a file that was read in part only, the failed rows are not known.
        has_failed=counts["error"] + counts["drifted"] > 0 and question is None,
        failure=translate_stored_text(step.run.failure)
        if step.run and step.run.state == Run.State.FAILED and question is None
        else "",
        question=describe_question(question),
        answer_url=reverse("admin:runs_importrun_answer", args=[upload.pk]),
        **describe_undo(request, upload),
        can_continue=can_continue_import(upload),
        continue_url=reverse("admin:runs_importrun_continue", args=[upload.pk]),
        confirm_url=reverse("admin:runs_importrun_confirm", args=[upload.pk]),
        again_url=reverse("admin:runs_importrun_again", args=[upload.pk]),
        failed_url=reverse("admin:runs_importrun_failed", args=[upload.pk]),
        subject=upper_first(str(_get_subject_meta(kind).verbose_name)),
        subjects=upper_first(str(_get_subject_meta(kind).verbose_name_plural)),
        subjects_url=_build_subject_url(kind, "changelist"),
    )


def _render_page(
    desk: Any, request: HttpRequest, upload: ImportRun, template: str, **more: Any
) -> Any:
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": upload.file_name,
        "upload": upload,
        "uploaded_by": str(upload.uploaded_by) if upload.uploaded_by else gettext("the system"),
        "list_url": reverse("admin:runs_importrun_changelist"),
        **more,
    }
    return TemplateResponse(request, template, context)


def describe_earlier_import(upload: ImportRun) -> str:
    """Say that the same file was imported before, when and by whom; blank if it was not."""
    earlier = find_earlier_import(upload)
    if earlier is None:
        return ""
    is_undone = get_state(earlier.upload) in (states.UNDONE, states.PARTLY_UNDONE)
    sentence = (
        gettext("This file was imported on {moment} by {person}, and undone since.")
        if is_undone
        else gettext("This file was imported on {moment} by {person}.")
    )
    return sentence.format(
        moment=format_minute(earlier.run.queued_at),
        person=str(earlier.run.started_by or gettext("the system")),
    )


def _count_undone(upload: ImportRun) -> dict[str, int]:
    if upload.undo_run is None:
        return {}
    blocked = upload.undo_run.result.get("blocked", 0)
    return {UNDONE.lower(): upload.undone_rows, NOT_UNDONE.lower(): blocked}


def _describe_modes(upload: ImportRun) -> list[str]:
    """Return how the rows of the file are imported, where it is not as usual."""
    modes = [] if upload.mode == ImportRun.Mode.UPSERT else [str(ImportRun.Mode(upload.mode).label)]
    return [*modes, *([gettext("All rows or none")] if upload.all_or_nothing else [])]


def _list_rows(
    request: HttpRequest, upload: ImportRun, outcome: str
) -> tuple[list[ImportRow], str, str]:
    """Return one page of rows, and the URLs of the previous and the next page."""
    after, before = _read_number(request, "after"), _read_number(request, "before")
    is_backward = before is not None
    if is_backward:
        rows = list_rows_before(
            import_id=upload.pk, outcomes=[outcome], before=before or 0, limit=ROWS_PER_PAGE + 1
        )
        has_more, rows = len(rows) > ROWS_PER_PAGE, rows[-ROWS_PER_PAGE:]
    else:
        rows = list_rows(
            import_id=upload.pk, outcomes=[outcome], after=after or 0, limit=ROWS_PER_PAGE + 1
        )
        has_more, rows = len(rows) > ROWS_PER_PAGE, rows[:ROWS_PER_PAGE]
    if not rows:
        return [], "", ""
    newer = f"?outcome={outcome}&before={rows[0].number}"
    older = f"?outcome={outcome}&after={rows[-1].number}"
    has_newer = has_more if is_backward else bool(after)
    return rows, newer if has_newer else "", older if is_backward or has_more else ""


def _read_number(request: HttpRequest, name: str) -> int | None:
    raw = request.GET.get(name)
    if raw is None:
        return None
    number = read_number(raw, largest=LARGEST_ROW_NUMBER)
    if number is None:
        raise BadRequest("This page's address cannot be read")
    return number


def _describe_row(
    row: ImportRow, upload: ImportRun, kind: ImportKind, with_differences: bool
) -> dict[str, Any]:
    targets = upload.mapping.get("targets", [])
    named_cells = zip(upload.header, row.cells, strict=False)
    cells = [
        (name, cell[:80])
        for index, (name, cell) in enumerate(named_cells)
        if cell.strip() and index < len(targets) and targets[index]
    ]
    return {
        "number": row.number,
        "cells": cells[:MAX_CELLS] or [("", cell[:80]) for cell in row.cells[:MAX_CELLS]],
        "remarks": [
            (column, translate_stored_text(text))
            for column, text in [*row.remarks, *(row.obstacles or [])]
        ],
        "differences": list_differences(row.before, row.after) if with_differences else [],
        "subject": row.subject_id,
        "subject_url": _build_subject_url(kind, "change", row.subject_id) if row.subject_id else "",
    }


def _get_subject_meta(kind: ImportKind) -> Any:
    return apps.get_model(kind.subject)._meta


def _build_subject_url(kind: ImportKind, page: str, *args: Any) -> str:
    return reverse(f"admin:{kind.subject.replace('.', '_')}_{page}", args=args)


def list_differences(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """Return what an update changes as (name, before, after) tuples."""
    old, new = dict(_iterate_leaves(before or {})), dict(_iterate_leaves(after or {}))
    return [
        (
            describe_name(name),
            format_value(old[name]) if name in old else EMPTY,
            format_value(new.get(name)),
        )
        for name in {**new, **old}
        if old.get(name) != new.get(name)
    ]


def _iterate_leaves(values: dict[str, Any]) -> Any:
    for name, value in values.items():
        if name == "profiles":
            for profile in value.values():
                yield from _iterate_leaves(profile)
        elif name in ("fields", "extended_fields", "consent"):
            yield from value.items()
        elif name == "channels":
            yield "addresses", ", ".join(channel[1] for channel in value)
        else:
            yield name.replace("_", " "), value


def _format_duration(seconds: int | None) -> str:
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds} s"
    return gettext("{minutes} min").format(minutes=round(seconds / 60))
