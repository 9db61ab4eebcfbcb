"""Asking for the undo of a merge from the survivor's page: what it would do, what is in the way."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from crm.adminkit.person import staff_of
from crm.adminkit.points import amount
from crm.adminkit.recording import origin_of
from crm.approvals.domain.asking import Ask
from crm.approvals.domain.filing import file_request
from crm.approvals.domain.waiting import find_waiting_undo
from crm.approvals.errors import SameRequestPending, ValueTooLong, VictimMerged
from crm.approvals.models import Request
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.usecases.unmerging import UndoPlan, plan_undo
from customers import errors

# The reasons for a no that this page can meet, in words for staff.
SENTENCES = {
    errors.MergeUndone: "This merge was undone before.",
    errors.ReasonMissing: "Say why the merge is to be undone.",
    SameRequestPending: "Somebody asked for this before; it waits for a decision.",
    ValueTooLong: "The reason holds characters that cannot be kept.",
    VictimMerged: "The customer was merged into another one since: undo that first.",
}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Why it is to be undone"}),
    )


def may_undo(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("customers.undo_merge"))


def show_undo(desk: Any, request: HttpRequest, customer_id: int, merge_id: int) -> HttpResponseBase:
    """Show what the undo would do; sent with a reason, ask for it and show the survivor again.

    Somebody else decides about the request (contract, rule 2.6 and section 6).

    404 for a merge of another organization, or of which this customer is not the survivor.
    """
    if not (desk.has_view_permission(request) and may_undo(request)):
        raise PermissionDenied
    try:
        plan = plan_undo(org_id=staff_of(request).org_id, merge_id=merge_id)
    except errors.MergeUnknown as refusal:
        raise Http404 from refusal
    if plan.survivor_id != customer_id:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _ask(desk, request, plan, form.cleaned_data["reason"])
    waiting = find_waiting_undo(
        org_id=staff_of(request).org_id, customer_id=customer_id, merge_id=merge_id
    )
    request.current_app = desk.admin_site.name
    return TemplateResponse(
        request,
        "console/undo_merge.html",
        {
            **desk.admin_site.each_context(request),
            "opts": desk.opts,
            "title": "Ask for the undo of a merge",
            "form": form,
            "survivor_id": plan.survivor_id,
            "victim_id": plan.victim_id,
            "victim_url": reverse("admin:customers_customer_change", args=[plan.victim_id]),
            "merged_at": plan.merged_at,
            "is_undone": plan.undone_at is not None,
            "waiting": waiting,
            "counts": plan.counts,
            "points": [(program, amount(points)) for program, points in plan.points],
            "blockers": [blocker.words for blocker in plan.blockers],
            "back_url": reverse("admin:customers_customer_change", args=[customer_id]),
        },
    )


def _ask(desk: Any, request: HttpRequest, plan: UndoPlan, reason: str) -> HttpResponseRedirect:
    back: HttpResponseRedirect = redirect("admin:customers_customer_change", plan.survivor_id)
    ask = Ask(
        kind=Request.Kind.MERGE_UNDO,
        customer_id=plan.survivor_id,
        merge_id=plan.merge_id,
        reason=reason,
    )
    try:
        filed = unit_of_work(file_request)(origin=origin_of(request), ask=ask).request
    except errors.MergeUndoBlocked as refusal:
        words = f"The merge cannot be undone: {refusal.facts['blockers']}"
        desk.message_user(request, words, messages.ERROR)
    except DomainError as refusal:
        sentence = SENTENCES.get(type(refusal), f"Refused: {refusal.code}")
        desk.message_user(request, sentence, messages.ERROR)
    else:
        desk.message_user(
            request, f"The undo was asked for: request {filed.pk} waits for somebody else's word."
        )
    return back
