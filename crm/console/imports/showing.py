"""The pages of an import that is checked, at work, or over: counts, rows, differences."""

from typing import Any

from django.apps import apps
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from crm.adminkit.history import EMPTY, in_words
from crm.console.imports.permissions import may_bring
from crm.console.imports.steps import CHECKING, OVER, SHOWN, Step
from crm.importing.kinds import ImportKind, import_kind
from crm.runs.models import ImportRow, ImportRun, Run
from crm.runs.queries.imports import list_rows, list_rows_before
from crm.runs.queries.progress import RunProgress

ROWS_A_PAGE = 50
MOST_CELLS = 5
COLOURS = {"CREATE": "good", "UPDATE": "info", "SKIP": "unset", "ERROR": "bad"}
WORDS = {
    SHOWN: {"CREATE": "To create", "UPDATE": "To update", "SKIP": "To skip", "ERROR": "Errors"},
    OVER: {"CREATE": "Created", "UPDATE": "Updated", "SKIP": "Skipped", "ERROR": "Errors"},
}


def progress_page(
    desk: Any, request: HttpRequest, upload: ImportRun, step: Step, run: RunProgress
) -> Any:
    """A bar that moves by itself, or with every reload of the page."""
    return _page(
        desk,
        request,
        upload,
        "console/import_progress.html",
        step=step,
        progress=progress_values(run),
        progress_url=reverse("admin:runs_importrun_progress", args=[upload.pk]),
        cancel_url=reverse("admin:runs_importrun_cancel", args=[upload.pk]),
        # While a file is read, nobody knows its number of rows.
        of="of about" if step.name == CHECKING else "of",
        heading="Checking every row" if step.name == CHECKING else "Importing",
        explanation=(
            "Nothing is written yet. You will see what the import would do before it does it."
            if step.name == CHECKING
            else "You can leave this page; the import goes on without it."
        ),
    )


def progress_values(run: RunProgress) -> dict[str, Any]:
    """What the bar shows; also the answer to its script."""
    share = min(1.0, run.done / run.total) if run.total else 0.0
    return {
        "over": run.is_over,
        "percent": 100 if run.is_over else int(share * 100),
        "done": f"{run.done:,}",
        "total": f"{run.total:,}" if run.total else "",
        "rate": f"{run.rate:,.0f}" if run.rate else "",
        "left": _duration(run.seconds_left),
        "state": Run.State(run.state).label,
        "note": f"{run.failure} It is tried again." if run.failure and not run.is_over else "",
        "counts": {name: f"{count:,}" for name, count in run.result.items()},
    }


def outcome_page(desk: Any, request: HttpRequest, upload: ImportRun, step: Step) -> Any:
    """What the import would do or has done: counts, rows by outcome, first differences."""
    outcome = request.GET.get("outcome", "")
    if outcome and outcome not in ImportRow.Outcome.values:
        raise BadRequest("There is no such outcome")
    counts = _counts(upload)
    shown = outcome or next(
        (name for name in ("ERROR", "UPDATE", "CREATE", "SKIP") if counts.get(name)), "ERROR"
    )
    rows, newer, older = _rows(request, upload, shown)
    kind = import_kind(upload.kind)
    words = WORDS[SHOWN if upload.apply_run is None else OVER]
    wanted = counts["CREATE"] + counts["UPDATE"]
    return _page(
        desk,
        request,
        upload,
        "console/import_outcome.html",
        step=step,
        counts=[
            {
                "outcome": name,
                "words": words[name],
                "count": f"{counts[name]:,}",
                "is_shown": name == shown,
                "colour": COLOURS[name],
            }
            for name in ImportRow.Outcome.values
        ],
        facts=_facts(upload, kind),
        shown=shown,
        shown_words=words[shown],
        rows=[_row(row, upload, kind, shown == "UPDATE") for row in rows],
        newer=newer,
        older=older,
        may_import=may_bring(request, upload.kind),
        can_confirm=step.name == SHOWN and wanted > 0,
        is_empty=step.name == SHOWN and wanted == 0,
        wanted=f"{wanted:,}",
        has_failed=counts["ERROR"] > 0,
        failure=step.run.failure if step.run and step.run.state == Run.State.FAILED else "",
        confirm_url=reverse("admin:runs_importrun_confirm", args=[upload.pk]),
        again_url=reverse("admin:runs_importrun_again", args=[upload.pk]),
        failed_url=reverse("admin:runs_importrun_failed", args=[upload.pk]),
        subject=str(_subject(kind).verbose_name).capitalize(),
        subjects=str(_subject(kind).verbose_name_plural).capitalize(),
        subjects_url=_address(kind, "changelist"),
    )


def _page(desk: Any, request: HttpRequest, upload: ImportRun, template: str, **more: Any) -> Any:
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": upload.file_name,
        "upload": upload,
        "uploaded_by": str(upload.uploaded_by) if upload.uploaded_by else "the system",
        "list_url": reverse("admin:runs_importrun_changelist"),
        **more,
    }
    return TemplateResponse(request, template, context)


def _counts(upload: ImportRun) -> dict[str, int]:
    """Of the dry run, or what was really done where there was a run."""
    checked = upload.dry_run.result if upload.dry_run else {}
    counts = {name: checked.get(name.lower(), 0) for name in ImportRow.Outcome.values}
    if upload.apply_run is not None:
        done = upload.apply_run.result
        counts["CREATE"], counts["UPDATE"] = done.get("create", 0), done.get("update", 0)
        counts["ERROR"] += done.get("changed", 0)
    return counts


def _facts(upload: ImportRun, kind: ImportKind) -> list[str]:
    """Sentences about what the numbers alone do not tell."""
    checked = upload.dry_run.result if upload.dry_run else {}
    done = upload.apply_run.result if upload.apply_run else {}
    planned = checked.get("create", 0) + checked.get("update", 0)
    reached = sum(done.get(name, 0) for name in ("create", "update", "changed"))
    facts = kind.facts(checked, done)
    if upload.apply_run is not None and reached < planned:
        facts.append(f"{planned - reached:,} rows were not reached.")
    return facts


def _rows(
    request: HttpRequest, upload: ImportRun, outcome: str
) -> tuple[list[ImportRow], str, str]:
    """One page of rows, and the addresses of the pages before and behind it."""
    after, before = _number(request, "after"), _number(request, "before")
    reading_up = before is not None
    if reading_up:
        rows = list_rows_before(
            import_id=upload.pk, outcomes=[outcome], before=before or 0, limit=ROWS_A_PAGE + 1
        )
        more, rows = len(rows) > ROWS_A_PAGE, rows[-ROWS_A_PAGE:]
    else:
        rows = list_rows(
            import_id=upload.pk, outcomes=[outcome], after=after or 0, limit=ROWS_A_PAGE + 1
        )
        more, rows = len(rows) > ROWS_A_PAGE, rows[:ROWS_A_PAGE]
    if not rows:
        return [], "", ""
    newer = f"?outcome={outcome}&before={rows[0].number}"
    older = f"?outcome={outcome}&after={rows[-1].number}"
    has_newer = more if reading_up else bool(after)
    return rows, newer if has_newer else "", older if reading_up or more else ""


def _number(request: HttpRequest, name: str) -> int | None:
    written = request.GET.get(name)
    if written is None:
        return None
    if not written.isascii() or not written.isdigit() or len(written) > 9:
        raise BadRequest("This page's address cannot be read")
    return int(written)


def _row(
    row: ImportRow, upload: ImportRun, kind: ImportKind, with_differences: bool
) -> dict[str, Any]:
    targets = upload.mapping.get("targets", [])
    named = zip(upload.header, row.cells, strict=False)
    cells = [
        (name, cell[:80])
        for place, (name, cell) in enumerate(named)
        if cell.strip() and place < len(targets) and targets[place]
    ]
    return {
        "number": row.number,
        "cells": cells[:MOST_CELLS] or [("", cell[:80]) for cell in row.cells[:MOST_CELLS]],
        "remarks": row.remarks,
        "differences": differences(row.before, row.after) if with_differences else [],
        "subject": row.subject_id,
        "subject_url": _address(kind, "change", row.subject_id) if row.subject_id else "",
    }


def _subject(kind: ImportKind) -> Any:
    return apps.get_model(kind.subject)._meta


def _address(kind: ImportKind, page: str, *args: Any) -> str:
    return reverse(f"admin:{kind.subject.replace('.', '_')}_{page}", args=args)


def differences(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """What an update changes, leaf by leaf: name, before, after."""
    old, new = dict(_leaves(before or {})), dict(_leaves(after or {}))
    return [
        (name, in_words(old[name]) if name in old else EMPTY, in_words(new.get(name)))
        for name in {**new, **old}
        if old.get(name) != new.get(name)
    ]


def _leaves(values: dict[str, Any]) -> Any:
    for name, value in values.items():
        if name == "profiles":
            for profile in value.values():
                yield from _leaves(profile)
        elif name in ("fields", "extended_fields", "consent"):
            yield from value.items()
        elif name == "channels":
            yield "addresses", ", ".join(channel[1] for channel in value)
        else:
            yield name.replace("_", " "), value


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds} s"
    return f"{round(seconds / 60)} min"
