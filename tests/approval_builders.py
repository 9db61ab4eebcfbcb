"""Builders of requests, filed and decided with the domain's own functions."""

from datetime import datetime
from typing import Any

from crm.approvals.domain.decisions import DecisionResult, Verdict, decide_requests
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.new_requests import file_request
from crm.approvals.models import Request
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import OrgEntity
from customers.models import Customer
from tests.builders import NOON, make_entity, make_origin


def make_person(org: Any = None, **attributes: Any) -> OrgEntity:
    """Make a member of staff, as a maker or checker."""
    return make_entity(OrgEntity.Type.ADMIN_USER, org, **attributes)


def make_request(
    customer: Customer,
    kind: str = "MOBILE",
    *,
    maker: OrgEntity | None = None,
    at: datetime = NOON,
    **fields: Any,
) -> Request:
    """File a request; by default, a change to an unused mobile number."""
    maker = maker or make_person(customer.org)
    if kind == "MOBILE" and "new_value" not in fields:
        held = customer.identifiers.filter(type="mobile").first()
        fields |= {"old_value": held.value if held else "", "new_value": "919812345678"}
    return unit_of_work(file_request)(
        origin=make_origin(actor=maker, at=at),
        new_request=NewRequest(kind=kind, customer_id=customer.pk, **fields),
    ).request


def approve(
    request: Request, checker: OrgEntity | None = None, **verdict_fields: Any
) -> DecisionResult:
    return decide(request, checker, approve=True, **verdict_fields)


def reject(
    request: Request, checker: OrgEntity | None = None, reason: str = "no", **verdict_fields: Any
) -> DecisionResult:
    return decide(request, checker, approve=False, reason=reason, **verdict_fields)


def decide(
    request: Request, checker: OrgEntity | None = None, **verdict_fields: Any
) -> DecisionResult:
    checker = checker or make_person(request.org)
    [result] = unit_of_work(decide_requests)(
        origin=make_origin(actor=checker),
        request_ids=[request.pk],
        verdict=Verdict(**verdict_fields),
    )
    return result
