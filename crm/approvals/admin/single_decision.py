"""Approve or reject one request from its preview."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.adminkit.change_log import get_origin
from crm.adminkit.pending_requests import clear_request_count, may_decide
from crm.adminkit.translated_texts import translate_refusal
from crm.approvals import errors
from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.models import Request
from crm.approvals.rules.texts import LONGEST_COMMENT, LONGEST_REASON
from crm.kernel.errors import DomainError
from crm.kernel.ids import LARGEST_ID
from crm.kernel.transactions import unit_of_work

APPROVE, REJECT = "approve", "reject"
MOST_POINTS = Decimal(10) ** 9
LONGEST_ADDRESS = 2_000


class DecisionForm(forms.Form):
    """The fields of a decision. The domain checks whether a reason is required."""

    verdict = forms.ChoiceField(
        label=_("Decision"), choices=[(APPROVE, _("Approve")), (REJECT, _("Reject"))]
    )
    digest = forms.CharField(max_length=64, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON, required=False)
    comments = forms.CharField(label=_("Comments"), max_length=LONGEST_COMMENT, required=False)
    points = forms.DecimalField(
        label=_("Points"),
        min_value=Decimal("0.001"),
        max_value=MOST_POINTS,
        decimal_places=3,
        required=False,
    )
    next = forms.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    back = forms.CharField(max_length=LONGEST_ADDRESS, required=False)


def decide_request(desk: Any, request: HttpRequest, change_request: Request) -> HttpResponseBase:
    """Decide a request and redirect to the next one, or to the same one if it was refused."""
    if request.method != "POST" or not may_decide(request):
        raise PermissionDenied
    form = DecisionForm(request.POST)
    if not form.is_valid():
        for name, problems in form.errors.items():
            message = f"{form[name].label}: {' '.join(map(str, problems))}"
            desk.message_user(request, message, messages.ERROR)
        return _redirect_to_list(change_request.pk, _read_list_query(request))
    data = form.cleaned_data
    try:
        refusal = unit_of_work(_apply_decision)(request, change_request, data)
    except DomainError as problem:
        refusal = problem.detached()
    clear_request_count(request)
    if refusal is None:
        message = (
            gettext("Request {id} was approved.")
            if data["verdict"] == APPROVE
            else gettext("Request {id} was rejected.")
        )
        desk.message_user(request, message.format(id=change_request.pk), messages.SUCCESS)
        return _redirect_to_list(data["next"], data["back"])
    level = messages.WARNING if isinstance(refusal, errors.PlanChanged) else messages.ERROR
    message = gettext("Request {id}: {refusal}").format(
        id=change_request.pk, refusal=translate_refusal(refusal)
    )
    desk.message_user(request, message, level)
    return _redirect_to_list(change_request.pk, data["back"])


def _apply_decision(
    request: HttpRequest, change_request: Request, data: dict[str, Any]
) -> DomainError | None:
    approves, points = data["verdict"] == APPROVE, data["points"]
    differs = approves and points is not None and points != change_request.points
    verdict = Verdict(
        approve=approves,
        reason=data["reason"],
        comments=data["comments"],
        # An approval always passes a digest, so that one without a preview is refused.
        digests={change_request.pk: data["digest"]} if approves else {},
        points={change_request.pk: points}
        if differs and change_request.kind == Request.Kind.POINTS
        else {},
    )
    [outcome] = decide_requests(
        origin=get_origin(request), request_ids=[change_request.pk], verdict=verdict
    )
    return outcome.refusal


def _read_list_query(request: HttpRequest) -> str:
    return request.POST.get("back", "")[:LONGEST_ADDRESS]


def _redirect_to_list(selected: int | None, query: str) -> HttpResponseBase:
    """Redirect to the list with its filters, and select this request."""
    address = QueryDict(query, mutable=True)
    address.pop("selected", None)
    if selected:
        address["selected"] = str(selected)
    url = reverse("admin:approvals_request_changelist")
    return redirect(f"{url}?{address.urlencode()}" if address else url)
