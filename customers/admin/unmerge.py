"""Preview and request an unmerge from the survivor's page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.point_formats import format_amount
from crm.adminkit.translated_texts import translate_refusal, translate_text
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.new_requests import file_request
from crm.approvals.models import Request
from crm.approvals.queries.request_search import find_pending_unmerge_request
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.usecases.unmerge_customers import UnmergePlan, plan_unmerge
from customers import errors


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": _("Reason for the unmerge")}),
    )


def may_unmerge(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("customers.undo_merge"))


def show_unmerge(
    desk: Any, request: HttpRequest, customer_id: int, merge_id: int
) -> HttpResponseBase:
    """Preview an unmerge. A POST with a reason files a request and redirects to the survivor.

    Another member of staff decides the request (contract, rule 2.6 and section 6).

    A merge of another organization, or with another survivor, answers 404.
    """
    if not (desk.has_view_permission(request) and may_unmerge(request)):
        raise PermissionDenied
    try:
        plan = plan_unmerge(org_id=get_staff_user(request).org_id, merge_id=merge_id)
    except errors.MergeUnknown as refusal:
        raise Http404 from refusal
    if plan.survivor_id != customer_id:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _file_unmerge_request(desk, request, plan, form.cleaned_data["reason"])
    open_request = find_pending_unmerge_request(
        org_id=get_staff_user(request).org_id, customer_id=customer_id, merge_id=merge_id
    )
    request.current_app = desk.admin_site.name
    return TemplateResponse(
        request,
        "console/undo_merge.html",
        {
            **desk.admin_site.each_context(request),
            "opts": desk.opts,
            "title": gettext("Request an unmerge"),
            "form": form,
            "survivor_id": plan.survivor_id,
            "victim_id": plan.victim_id,
            "victim_url": reverse("admin:customers_customer_change", args=[plan.victim_id]),
            "merged_at": plan.merged_at,
            "is_undone": plan.undone_at is not None,
            "waiting": open_request,
            "counts": [(translate_text(kind), count) for kind, count in plan.counts],
            "points": [(program, format_amount(points)) for program, points in plan.points],
            "blockers": [translate_text(blocker.message) for blocker in plan.blockers],
            "back_url": reverse("admin:customers_customer_change", args=[customer_id]),
        },
    )


def _file_unmerge_request(
    desk: Any, request: HttpRequest, plan: UnmergePlan, reason: str
) -> HttpResponseRedirect:
    response: HttpResponseRedirect = redirect("admin:customers_customer_change", plan.survivor_id)
    new_request = NewRequest(
        kind=Request.Kind.MERGE_UNDO,
        customer_id=plan.survivor_id,
        merge_id=plan.merge_id,
        reason=reason,
    )
    try:
        filed = unit_of_work(file_request)(
            origin=get_origin(request), new_request=new_request
        ).request
    except DomainError as refusal:
        desk.message_user(request, translate_refusal(refusal), messages.ERROR)
    else:
        desk.message_user(
            request,
            gettext("The unmerge was requested. Request {id} waits for approval.").format(
                id=filed.pk
            ),
        )
    return response
