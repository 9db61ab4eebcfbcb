"""Requests for tests: filed and decided by the domain, so that what they hold is what it writes."""

from datetime import datetime
from typing import Any

from crm.approvals.domain.asking import Ask
from crm.approvals.domain.deciding import Decided, Verdict, decide_requests
from crm.approvals.domain.filing import file_request
from crm.approvals.models import Request
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import OrgEntity
from customers.models import Customer
from tests.builders import NOON, make_entity, make_origin


def make_person(org: Any = None, **attributes: Any) -> OrgEntity:
    """A member of staff, as a maker or checker."""
    return make_entity(OrgEntity.Type.ADMIN_USER, org, **attributes)


def make_request(
    customer: Customer,
    kind: str = "MOBILE",
    *,
    maker: OrgEntity | None = None,
    at: datetime = NOON,
    **asked: Any,
) -> Request:
    """File a request; without values, a change to a mobile number that nobody has."""
    maker = maker or make_person(customer.org)
    if kind == "MOBILE" and "new_value" not in asked:
        held = customer.identifiers.filter(type="mobile").first()
        asked |= {"old_value": held.value if held else "", "new_value": "919812345678"}
    return unit_of_work(file_request)(
        origin=make_origin(actor=maker, at=at),
        ask=Ask(kind=kind, customer_id=customer.pk, **asked),
    ).request


def approve(request: Request, checker: OrgEntity | None = None, **said: Any) -> Decided:
    return decide(request, checker, approve=True, **said)


def reject(
    request: Request, checker: OrgEntity | None = None, reason: str = "no", **said: Any
) -> Decided:
    return decide(request, checker, approve=False, reason=reason, **said)


def decide(request: Request, checker: OrgEntity | None = None, **said: Any) -> Decided:
    checker = checker or make_person(request.org)
    [decided] = unit_of_work(decide_requests)(
        origin=make_origin(actor=checker), request_ids=[request.pk], verdict=Verdict(**said)
    )
    return decided
