"""The page of a batch: how far it is, and what became of each request."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from crm.adminkit.person import staff_of
from crm.adminkit.request_lines import lines_of
from crm.adminkit.request_words import asked_in_words, failure_in_words
from crm.approvals.models import Batch, BatchItem
from crm.approvals.queries.batches import count_outcomes, each_item, list_items
from crm.importing.formulas import harmless
from crm.runs.models import Run
from crm.runs.queries.progress import get_progress

ROWS_A_PAGE = 50
FAILED = "failed"
NOT_DONE = (BatchItem.Outcome.FAILED, BatchItem.Outcome.REFUSED)
COLOURS = {"DONE": "good", "FAILED": "bad", "REFUSED": "warn", "": "unset"}
HEADER = ["id", "kind", "customerId", "oldValue", "newValue", "points", "outcome", "why"]


def batch_page(desk: Any, request: HttpRequest, batch: Batch) -> TemplateResponse:
    """Counts by outcome, and the requests of the outcome chosen, each with why."""
    chosen = request.GET.get("outcome", "")
    if chosen not in ("", FAILED):
        raise BadRequest("There is no such outcome")
    after = _number(request.GET.get("after", "0"))
    outcomes = [str(one) for one in NOT_DONE] if chosen == FAILED else []
    items = list_items(batch_id=batch.pk, outcomes=outcomes, after=after, limit=ROWS_A_PAGE + 1)
    items, more = items[:ROWS_A_PAGE], len(items) > ROWS_A_PAGE
    counts = count_outcomes(batch_id=batch.pk)
    failed, waiting = sum(counts.get(one, 0) for one in NOT_DONE), counts.get("", 0)
    lines = lines_of(
        [item.request for item in items],
        org_id=staff_of(request).org_id,
        own=set(),
        now=timezone.now(),
    )
    is_running = batch.run is not None and batch.run.finished_at is None
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": f"{'Approval' if batch.approve else 'Rejection'} of {batch.total:,} requests",
        "batch": batch,
        "who": str(batch.decided_by),
        "counts": [
            ("All", f"{batch.total:,}", "?", chosen == ""),
            (_done_words(batch), f"{counts.get('DONE', 0):,}", "", False),
            ("Not done", f"{failed:,}", f"?outcome={FAILED}", chosen == FAILED),
        ],
        "rows": [
            {**line, **_outcome(item, batch)} for item, line in zip(items, lines, strict=True)
        ],
        "more_url": f"?outcome={chosen}&after={items[-1].pk}" if more else "",
        "is_running": is_running,
        "progress": progress_of(batch) if is_running else None,
        "failure": batch.run.failure if batch.run and batch.run.state == Run.State.FAILED else "",
        "can_go_on": bool(
            waiting and batch.run is None and batch.decided_by_id == staff_of(request).entity_id
        ),
        "waiting": f"{waiting:,}",
        "csv_url": _url("csv", batch),
        "progress_url": _url("progress", batch),
        "go_on_url": _url("go-on", batch),
        "list_url": reverse("admin:approvals_request_changelist"),
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, "console/request_batch.html", context)


def progress_of(batch: Batch) -> dict[str, Any]:
    """What the bar shows; also the answer to its script."""
    if batch.run is None:
        return {"over": True, "percent": 100}
    run = get_progress(org_id=batch.org_id, run_id=batch.run.pk)
    return {
        "over": run.is_over,
        "percent": 100 if run.is_over else int(100 * min(1.0, run.done / max(1, run.total))),
        "done": f"{run.done:,}",
        "total": f"{run.total:,}",
        "rate": f"{run.rate:,.0f}" if run.rate else "",
        "left": "" if run.seconds_left is None else f"{run.seconds_left} s",
        "state": Run.State(run.state).label,
        "note": f"{run.failure} It is tried again." if run.failure and not run.is_over else "",
    }


def outcome_rows(batch: Batch) -> Iterator[list[Any]]:
    """The outcomes as rows of a file, with a header."""
    yield HEADER
    for item in each_item(batch_id=batch.pk):
        asked = item.request
        _, after = asked_in_words(asked)
        told = _outcome(item, batch)
        yield [
            asked.pk,
            asked.kind,
            asked.customer_id,
            harmless(asked.old_value),
            harmless(asked.new_value or after),
            asked.points,
            told["outcome"],
            harmless(told["told"]),
        ]


def _outcome(item: BatchItem, batch: Batch) -> dict[str, Any]:
    words = {"DONE": _done_words(batch), "": "Not reached yet"}.get(item.outcome)
    return {
        "outcome": words or item.get_outcome_display(),
        "outcome_colour": COLOURS[item.outcome],
        "told": failure_in_words(item.refusal, item.facts) if item.refusal else "",
    }


def _done_words(batch: Batch) -> str:
    return "Approved" if batch.approve else "Rejected"


def _url(page: str, batch: Batch) -> str:
    return reverse("admin:approvals_request_batch_page", args=[batch.pk, page])


def _number(written: str) -> int:
    if not (written.isascii() and written.isdecimal()) or len(written) > 18:
        raise BadRequest("This page's address cannot be read")
    return int(written)
