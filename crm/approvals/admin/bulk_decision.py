"""Bulk decisions: the confirmation page, the decision, and the outcomes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.idempotent_forms import IdempotentForm
from crm.adminkit.localized import format_count
from crm.adminkit.pending_requests import clear_request_count, may_decide
from crm.adminkit.point_formats import format_amount
from crm.adminkit.translated_texts import translate_refusal
from crm.approvals.admin.batch_page import (
    describe_progress,
    iterate_outcome_rows,
    render_batch_page,
)
from crm.approvals.admin.single_decision import APPROVE, REJECT
from crm.approvals.domain.batches import MAX_BATCH_SIZE, create_batch, decide_next_chunk
from crm.approvals.models import Batch, Request
from crm.approvals.queries.batches import Selection, get_batch, summarize_selection
from crm.approvals.rules.texts import LONGEST_REASON
from crm.exports.tables import iterate_csv_chunks
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_number
from crm.kernel.transactions import unit_of_work

# Ten thousand ids of up to nineteen digits, separated by commas.
LONGEST_LIST = MAX_BATCH_SIZE * 20


class BulkForm(IdempotentForm):
    """The confirmation form: the request ids, the verdict and the reason."""

    verdict = forms.ChoiceField(
        choices=[(APPROVE, _("Approve")), (REJECT, _("Reject"))], widget=forms.HiddenInput
    )
    ids = forms.CharField(max_length=LONGEST_LIST, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def clean_ids(self) -> list[int]:
        return read_ids(self.cleaned_data["ids"].split(","))


def read_ids(raw_ids: list[str]) -> list[int]:
    """Read request ids from a form.

    Raises:
        BadRequest: an id is not a number.
    """
    ids = [number for raw_id in raw_ids if (number := read_number(raw_id)) is not None]
    if len(ids) < len(raw_ids):
        raise BadRequest("The request ids are invalid")
    return ids


def confirm_bulk(desk: Any, request: HttpRequest) -> HttpResponseBase:
    """Show the confirmation page for the selected requests, or for all that match."""
    if request.method != "POST" or not may_decide(request):
        raise PermissionDenied
    is_all = "all" in request.POST
    if is_all:
        matching = desk.get_changelist_instance(request).queryset
        ids = list(matching.values_list("pk", flat=True)[: MAX_BATCH_SIZE + 1])
    else:
        ids = read_ids(request.POST.getlist("ids")[: MAX_BATCH_SIZE + 1])
    if not ids:
        desk.message_user(request, gettext("Select at least one request."), messages.WARNING)
        return _redirect_to_list(request)
    verdict = REJECT if request.POST.get("verdict") == REJECT else APPROVE
    form = BulkForm(initial={"verdict": verdict})
    return _render_confirmation(
        desk, request, form, ids[:MAX_BATCH_SIZE], verdict, is_capped=len(ids) > MAX_BATCH_SIZE
    )


def decide_bulk(desk: Any, request: HttpRequest) -> HttpResponseBase:
    """Decide the confirmed requests: at once, or with a run for a large batch."""
    if request.method != "POST" or not may_decide(request):
        raise PermissionDenied
    form = BulkForm(request.POST)
    if not form.is_valid():
        if "ids" in form.errors or "verdict" in form.errors:
            raise BadRequest("The request ids are invalid")
        request_ids = read_ids(request.POST["ids"].split(","))
        return _render_confirmation(desk, request, form, request_ids, request.POST["verdict"])
    data, origin = form.cleaned_data, get_origin(request)
    try:
        batch = unit_of_work(create_batch)(
            origin=origin,
            once=data["once"],
            request_ids=data["ids"],
            approve=data["verdict"] == APPROVE,
            reason=data["reason"],
        )
    except DomainError as refusal:
        form.add_error("reason", translate_refusal(refusal))
        return _render_confirmation(desk, request, form, data["ids"], data["verdict"])
    return _process_batch(request, batch)


def resume_batch(request: HttpRequest, batch: Batch) -> HttpResponseBase:
    """Resume an interrupted batch. Only its checker may do this."""
    if request.method != "POST" or not may_decide(request):
        raise PermissionDenied
    if batch.decided_by_id != get_staff_user(request).entity_id or batch.run_id is not None:
        raise PermissionDenied
    return _process_batch(request, batch)


def show_batch(desk: Any, request: HttpRequest, batch_id: int, page: str) -> HttpResponseBase:
    """Show a batch as a page, its outcomes as CSV, or its progress as JSON."""
    if not may_decide(request):
        raise PermissionDenied
    try:
        batch = get_batch(org_id=get_staff_user(request).org_id, batch_id=batch_id)
    except (Batch.DoesNotExist, OverflowError) as missing:
        raise Http404 from missing
    if page == "go-on":
        return resume_batch(request, batch)
    if page == "progress":
        answer: HttpResponseBase = JsonResponse(describe_progress(batch))
        answer["Cache-Control"] = "no-store"
        return answer
    if page == "csv":
        pieces = iterate_csv_chunks(iterate_outcome_rows(batch))
        answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="decisions-{batch.pk}.csv"'
        return answer
    return render_batch_page(desk, request, batch)


def _process_batch(request: HttpRequest, batch: Batch) -> HttpResponseBase:
    if batch.run_id is None and batch.decided_by_id == get_staff_user(request).entity_id:
        while unit_of_work(decide_next_chunk)(origin=get_origin(request), batch_id=batch.pk):
            pass
    clear_request_count(request)
    return redirect("admin:approvals_request_batch", batch.pk)


def _render_confirmation(
    desk: Any,
    request: HttpRequest,
    form: BulkForm,
    ids: list[int],
    verdict: str,
    *,
    is_capped: bool = False,
) -> HttpResponseBase:
    user = get_staff_user(request)
    selection = summarize_selection(org_id=user.org_id, entity_id=user.entity_id, request_ids=ids)
    if not selection.count:
        desk.message_user(request, _describe_empty_selection(selection), messages.WARNING)
        return _redirect_to_list(request)
    approves = verdict == APPROVE
    button = (
        ngettext("Approve {count} request", "Approve {count} requests", selection.count)
        if approves
        else ngettext("Reject {count} request", "Reject {count} requests", selection.count)
    ).format(count=format_count(selection.count))
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": button,
        "form": form,
        "sums": [
            (
                Request.Kind(kind_total.kind).label,
                format_count(kind_total.count),
                gettext("{points} points").format(points=format_amount(kind_total.points))
                if kind_total.points
                else "",
            )
            for kind_total in selection.totals
        ],
        "left_out": _describe_left_out(selection),
        "most": format_count(MAX_BATCH_SIZE) if is_capped else "",
        "ids": ",".join(map(str, selection.ids)),
        "approves": approves,
        "button": button,
        "decide_url": reverse("admin:approvals_request_decide_bulk"),
        "back_url": _redirect_to_list(request).url,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, "console/request_bulk.html", context)


def _describe_left_out(selection: Selection) -> list[str]:
    sentences = []
    if selection.own:
        sentences.append(
            gettext("{own} filed by you: excluded, another person must decide.").format(
                own=format_count(selection.own)
            )
        )
    if selection.decided:
        sentences.append(
            gettext("{decided} already decided: excluded.").format(
                decided=format_count(selection.decided)
            )
        )
    return sentences


def _describe_empty_selection(selection: Selection) -> str:
    return " ".join(
        [gettext("You cannot decide any of these requests."), *_describe_left_out(selection)]
    )


def _redirect_to_list(request: HttpRequest) -> Any:
    query = request.GET.copy()
    url = reverse("admin:approvals_request_changelist")
    return redirect(f"{url}?{query.urlencode()}" if query else url)
