"""Deciding many at once: what it comes to, one confirmation, and what became of each."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from crm.adminkit.once import OnceForm
from crm.adminkit.person import staff_of
from crm.adminkit.points import amount
from crm.adminkit.recording import origin_of
from crm.adminkit.request_words import refusal_in_words
from crm.adminkit.waiting import forget_waiting, may_decide
from crm.approvals.admin.batch_page import batch_page, outcome_rows, progress_of
from crm.approvals.admin.deciding import APPROVE, REJECT
from crm.approvals.domain.batching import MOST_AT_ONCE, begin_batch, decide_next
from crm.approvals.models import Batch, Request
from crm.approvals.queries.batches import Selection, get_batch, sum_up
from crm.approvals.rules.words import LONGEST_REASON
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from customers.imports.tables import csv_pieces

# Ten thousand numbers of up to nineteen digits, and the commas between them.
LONGEST_LIST = MOST_AT_ONCE * 20


class BulkForm(OnceForm):
    """What a confirmation sends: the requests that it named, and the word about them."""

    verdict = forms.ChoiceField(
        choices=[(APPROVE, "Approve"), (REJECT, "Reject")], widget=forms.HiddenInput
    )
    ids = forms.CharField(max_length=LONGEST_LIST, widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def clean_ids(self) -> list[int]:
        return numbers(self.cleaned_data["ids"].split(","))


def numbers(written: list[str]) -> list[int]:
    """Keys as a form sends them.

    Raises:
        BadRequest: somebody else's hand wrote them.
    """
    for one in written:
        if not (one.isascii() and one.isdecimal()) or len(one) > 18:
            raise BadRequest("These requests cannot be read")
    return [int(one) for one in written]


def confirm_bulk(desk: Any, request: HttpRequest) -> HttpResponseBase:
    """Show what deciding the ticked ones, or all that match, comes to; decide nothing."""
    if request.method != "POST" or not may_decide(request):
        raise PermissionDenied
    is_all = "all" in request.POST
    if is_all:
        listed = desk.get_changelist_instance(request).queryset
        ids = list(listed.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    else:
        ids = numbers(request.POST.getlist("ids")[: MOST_AT_ONCE + 1])
    if not ids:
        desk.message_user(request, "Tick the requests first.", messages.WARNING)
        return _list(request)
    verdict = REJECT if request.POST.get("verdict") == REJECT else APPROVE
    form = BulkForm(initial={"verdict": verdict})
    return _ask(desk, request, form, ids[:MOST_AT_ONCE], verdict, is_capped=len(ids) > MOST_AT_ONCE)


def decide_bulk(desk: Any, request: HttpRequest) -> HttpResponseBase:
    """Do what was confirmed: at once, or by a worker where it is much."""
    if request.method != "POST" or not may_decide(request):
        raise PermissionDenied
    form = BulkForm(request.POST)
    if not form.is_valid():
        if "ids" in form.errors or "verdict" in form.errors:
            raise BadRequest("These requests cannot be read")
        written = numbers(request.POST["ids"].split(","))
        return _ask(desk, request, form, written, request.POST["verdict"])
    said, origin = form.cleaned_data, origin_of(request)
    try:
        batch = unit_of_work(begin_batch)(
            origin=origin,
            once=said["once"],
            request_ids=said["ids"],
            approve=said["verdict"] == APPROVE,
            reason=said["reason"],
        )
    except DomainError as refusal:
        form.add_error("reason", refusal_in_words(refusal))
        return _ask(desk, request, form, said["ids"], said["verdict"])
    return _work(request, batch)


def go_on(request: HttpRequest, batch: Batch) -> HttpResponseBase:
    """Do the rest of a batch that was interrupted; only for whoever confirmed it."""
    if request.method != "POST" or not may_decide(request):
        raise PermissionDenied
    if batch.decided_by_id != staff_of(request).entity_id or batch.run_id is not None:
        raise PermissionDenied
    return _work(request, batch)


def show_batch(desk: Any, request: HttpRequest, batch_id: int, page: str) -> HttpResponseBase:
    """What became of each: as a page, as a file, or as far as it is."""
    if not may_decide(request):
        raise PermissionDenied
    try:
        batch = get_batch(org_id=staff_of(request).org_id, batch_id=batch_id)
    except (Batch.DoesNotExist, OverflowError) as missing:
        raise Http404 from missing
    if page == "go-on":
        return go_on(request, batch)
    if page == "progress":
        answer: HttpResponseBase = JsonResponse(progress_of(batch))
        answer["Cache-Control"] = "no-store"
        return answer
    if page == "csv":
        pieces = csv_pieces(outcome_rows(batch))
        answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="decisions-{batch.pk}.csv"'
        return answer
    return batch_page(desk, request, batch)


def _work(request: HttpRequest, batch: Batch) -> HttpResponseBase:
    if batch.run_id is None and batch.decided_by_id == staff_of(request).entity_id:
        while unit_of_work(decide_next)(origin=origin_of(request), batch_id=batch.pk):
            pass
    forget_waiting(request)
    return redirect("admin:approvals_request_batch", batch.pk)


def _ask(
    desk: Any,
    request: HttpRequest,
    form: BulkForm,
    ids: list[int],
    verdict: str,
    *,
    is_capped: bool = False,
) -> HttpResponseBase:
    user = staff_of(request)
    chosen = sum_up(org_id=user.org_id, entity_id=user.entity_id, request_ids=ids)
    if not chosen.count:
        desk.message_user(request, _none(chosen), messages.WARNING)
        return _list(request)
    approves = verdict == APPROVE
    word = "Approve" if approves else "Reject"
    what = f"{chosen.count:,} request{'' if chosen.count == 1 else 's'}"
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": f"{word} {what}",
        "form": form,
        "sums": [
            (
                Request.Kind(one.kind).label,
                f"{one.count:,}",
                f"{amount(one.points)} points" if one.points else "",
            )
            for one in chosen.sums
        ],
        "left_out": _left_out(chosen),
        "most": f"{MOST_AT_ONCE:,}" if is_capped else "",
        "ids": ",".join(map(str, chosen.ids)),
        "approves": approves,
        "button": f"{word} {what}",
        "decide_url": reverse("admin:approvals_request_decide_bulk"),
        "back_url": _list(request).url,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, "console/request_bulk.html", context)


def _left_out(chosen: Selection) -> list[str]:
    told = []
    if chosen.own:
        told.append(f"{chosen.own:,} that you filed yourself are left out; somebody else decides.")
    if chosen.decided:
        told.append(f"{chosen.decided:,} that are decided already are left out.")
    return told


def _none(chosen: Selection) -> str:
    return " ".join(["None of these can be decided by you.", *_left_out(chosen)])


def _list(request: HttpRequest) -> Any:
    query = request.GET.copy()
    url = reverse("admin:approvals_request_changelist")
    return redirect(f"{url}?{query.urlencode()}" if query else url)
