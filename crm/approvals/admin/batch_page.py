"""The page of a batch: its progress, and the outcome of each request."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.localized import format_count
from crm.adminkit.request_summaries import describe_requests
from crm.adminkit.request_texts import describe_change
from crm.adminkit.translated_texts import translate_stored_text, translate_text
from crm.approvals.models import Batch, BatchItem
from crm.approvals.queries.batches import count_outcomes, iterate_items, list_items
from crm.imports.formula_cells import escape_formula
from crm.kernel.ids import read_number
from crm.messages import explain_code
from crm.runs.models import Run
from crm.runs.queries.progress import get_progress

ROWS_A_PAGE = 50
FAILED = "failed"
FAILED_OUTCOMES = (BatchItem.Outcome.FAILED, BatchItem.Outcome.REFUSED)
COLOURS = {"DONE": "good", "FAILED": "bad", "REFUSED": "warn", "": "unset"}
HEADER = ["id", "kind", "customerId", "oldValue", "newValue", "points", "outcome", "why"]


def render_batch_page(desk: Any, request: HttpRequest, batch: Batch) -> TemplateResponse:
    """Render the counts by outcome, and the requests of the selected outcome with their reasons."""
    chosen = request.GET.get("outcome", "")
    if chosen not in ("", FAILED):
        raise BadRequest("Unknown outcome")
    after = _read_number(request.GET.get("after", "0"))
    outcomes = [str(outcome) for outcome in FAILED_OUTCOMES] if chosen == FAILED else []
    items = list_items(batch_id=batch.pk, outcomes=outcomes, after=after, limit=ROWS_A_PAGE + 1)
    items, more = items[:ROWS_A_PAGE], len(items) > ROWS_A_PAGE
    counts = count_outcomes(batch_id=batch.pk)
    failed, waiting = sum(counts.get(outcome, 0) for outcome in FAILED_OUTCOMES), counts.get("", 0)
    lines = describe_requests(
        [item.request for item in items],
        org_id=get_staff_user(request).org_id,
        own=set(),
        now=timezone.now(),
    )
    is_running = batch.run is not None and batch.run.finished_at is None
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": _describe_batch(batch),
        "batch": batch,
        "who": str(batch.decided_by),
        "counts": [
            (gettext("All"), format_count(batch.total), "?", chosen == ""),
            (_format_verdict(batch), format_count(counts.get("DONE", 0)), "", False),
            (gettext("Not done"), format_count(failed), f"?outcome={FAILED}", chosen == FAILED),
        ],
        "rows": [
            {**line, **_describe_outcome(item, batch)}
            for item, line in zip(items, lines, strict=True)
        ],
        "more_url": f"?outcome={chosen}&after={items[-1].pk}" if more else "",
        "is_running": is_running,
        "progress": describe_progress(batch) if is_running else None,
        "failure": translate_stored_text(batch.run.failure)
        if batch.run and batch.run.state == Run.State.FAILED
        else "",
        "can_go_on": bool(
            waiting
            and batch.run is None
            and batch.decided_by_id == get_staff_user(request).entity_id
        ),
        "waiting": format_count(waiting),
        "csv_url": _get_batch_url("csv", batch),
        "progress_url": _get_batch_url("progress", batch),
        "go_on_url": _get_batch_url("go-on", batch),
        "list_url": reverse("admin:approvals_request_changelist"),
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, "console/request_batch.html", context)


def describe_progress(batch: Batch) -> dict[str, Any]:
    """Return the progress of a batch, for the progress bar and its script."""
    if batch.run is None:
        return {"over": True, "percent": 100}
    run = get_progress(org_id=batch.org_id, run_id=batch.run.pk)
    return {
        "over": run.is_over,
        "percent": 100 if run.is_over else int(100 * min(1.0, run.done / max(1, run.total))),
        "done": format_count(run.done),
        "total": format_count(run.total),
        "rate": format_count(run.rate) if run.rate else "",
        "left": "" if run.seconds_left is None else f"{run.seconds_left} s",
        "state": Run.State(run.state).label,
        "note": gettext("{failure} It will be retried.").format(
            failure=translate_stored_text(run.failure)
        )
        if run.failure and not run.is_over
        else "",
    }


def iterate_outcome_rows(batch: Batch) -> Iterator[list[Any]]:
    """Yield the outcomes as CSV rows, with a header."""
    yield HEADER
    for item in iterate_items(batch_id=batch.pk):
        request = item.request
        _, after = describe_change(request)
        outcome = _describe_outcome(item, batch)
        yield [
            request.pk,
            request.kind,
            request.customer_id,
            escape_formula(request.old_value),
            escape_formula(request.new_value or after),
            request.points,
            outcome["outcome"],
            escape_formula(outcome["explanation"]),
        ]


def _describe_outcome(item: BatchItem, batch: Batch) -> dict[str, Any]:
    label = {"DONE": _format_verdict(batch), "": gettext("Not processed yet")}.get(item.outcome)
    return {
        "outcome": label or item.get_outcome_display(),
        "outcome_colour": COLOURS[item.outcome],
        "explanation": translate_text(explain_code(item.refusal, item.facts))
        if item.refusal
        else "",
    }


def _describe_batch(batch: Batch) -> str:
    title = (
        ngettext("Approval of {total} request", "Approval of {total} requests", batch.total)
        if batch.approve
        else ngettext("Rejection of {total} request", "Rejection of {total} requests", batch.total)
    )
    return title.format(total=format_count(batch.total))


def _format_verdict(batch: Batch) -> str:
    return gettext("Approved") if batch.approve else gettext("Rejected")


def _get_batch_url(page: str, batch: Batch) -> str:
    return reverse("admin:approvals_request_batch_page", args=[batch.pk, page])


def _read_number(raw: str) -> int:
    number = read_number(raw)
    if number is None:
        raise BadRequest("The page address is invalid")
    return number
