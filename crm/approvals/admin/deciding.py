"""Approving or rejecting one request from its preview."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from crm.adminkit.recording import origin_of
from crm.adminkit.request_words import CHANGED, refusal_in_words
from crm.adminkit.waiting import forget_waiting, may_decide
from crm.approvals import errors
from crm.approvals.domain.deciding import Verdict, decide_requests
from crm.approvals.models import Request
from crm.approvals.rules.words import LONGEST_COMMENT, LONGEST_REASON
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work

APPROVE, REJECT = "approve", "reject"
MOST_POINTS = Decimal(10) ** 9
LONGEST_ADDRESS = 2_000


class DecisionForm(forms.Form):
    """What comes with a decision; whether a reason is needed is for the domain to say."""

    verdict = forms.ChoiceField(choices=[(APPROVE, "Approve"), (REJECT, "Reject")])
    digest = forms.CharField(max_length=64, required=False)
    reason = forms.CharField(max_length=LONGEST_REASON, required=False)
    comments = forms.CharField(max_length=LONGEST_COMMENT, required=False)
    points = forms.DecimalField(
        min_value=Decimal("0.001"), max_value=MOST_POINTS, decimal_places=3, required=False
    )
    next = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    back = forms.CharField(max_length=LONGEST_ADDRESS, required=False)


def decide_one(desk: Any, request: HttpRequest, asked: Request) -> HttpResponseBase:
    """Decide as the form says, and go on to the next row, or to the same one with what is new."""
    if request.method != "POST" or not may_decide(request):
        raise PermissionDenied
    form = DecisionForm(request.POST)
    if not form.is_valid():
        for name, problems in form.errors.items():
            words = f"{name.capitalize()}: {' '.join(map(str, problems))}"
            desk.message_user(request, words, messages.ERROR)
        return _back(asked.pk, _address(request))
    said = form.cleaned_data
    try:
        refusal = unit_of_work(_decide)(request, asked, said)
    except DomainError as problem:
        refusal = problem
    forget_waiting(request)
    if refusal is None:
        word = "approved" if said["verdict"] == APPROVE else "rejected"
        desk.message_user(request, f"Request {asked.pk} was {word}.", messages.SUCCESS)
        return _back(said["next"], said["back"])
    if isinstance(refusal, errors.PlanChanged):
        desk.message_user(request, CHANGED.format(id=asked.pk), messages.WARNING)
    else:
        words = f"Request {asked.pk}: {refusal_in_words(refusal)}"
        desk.message_user(request, words, messages.ERROR)
    return _back(asked.pk, said["back"])


def _decide(request: HttpRequest, asked: Request, said: dict[str, Any]) -> DomainError | None:
    approves, points = said["verdict"] == APPROVE, said["points"]
    is_other = approves and points is not None and points != asked.points
    verdict = Verdict(
        approve=approves,
        reason=said["reason"],
        comments=said["comments"],
        # Without a digest it would be taken as if nothing had been looked at.
        digests={asked.pk: said["digest"]} if approves else {},
        points={asked.pk: points} if is_other and asked.kind == Request.Kind.POINTS else {},
    )
    [outcome] = decide_requests(origin=origin_of(request), request_ids=[asked.pk], verdict=verdict)
    return outcome.refusal


def _address(request: HttpRequest) -> str:
    return request.POST.get("back", "")[:LONGEST_ADDRESS]


def _back(selected: int | None, query: str) -> HttpResponseBase:
    """The list as it was, with this row chosen."""
    address = QueryDict(query, mutable=True)
    address.pop("selected", None)
    if selected:
        address["selected"] = str(selected)
    url = reverse("admin:approvals_request_changelist")
    return redirect(f"{url}?{address.urlencode()}" if address else url)
