"""Filing and deciding requests, each at its moment and by the domain itself."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from crm.approvals.domain.decisions import DecisionResult, Verdict, decide_requests
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.new_requests import file_request
from crm.approvals.models import Request
from crm.demo.asked import ASKED, Asking
from crm.demo.happening import moment
from crm.demo.organizations import Shop
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.operations.settings import change_settings
from crm.tenancy.queries.entities import list_staff_entities
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.rules.transactions import Sale

DAY = timedelta(days=1)
MOST_DAYS = 30
SETTINGS = {
    "CONF_RETRO_TRANSACTION_ENABLE": 1,
    "CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS": MOST_DAYS,
    "CONF_CLIENT_RETRO_DELAY_SINCE_REGISTRATION_HOURS": 24,
}


class Counter:
    """Where requests are handed in and decided; ``shop`` knows its members of staff as well."""

    def __init__(self, shop: Shop, now: datetime) -> None:
        staff = {entity.code: entity.pk for entity in list_staff_entities(org_id=shop.org.pk)}
        self.shop = replace(shop, entity_ids={**shop.entity_ids, **staff})
        self.now = now

    def file(self, one: Asking) -> Request:
        """Hand it in; what approves itself is done by then."""
        at = moment(one.at, now=self.now)
        asked = dict(one.asked)
        if one.bill is not None:
            asked["transaction_id"] = self.leave_bill(one.bill, one.maker, at - DAY)
        return file_request(
            origin=self.shop.origin(one.maker, at),
            new_request=NewRequest(
                kind=one.kind,
                customer_id=one.who,
                reason=one.reason,
                comments=one.comments,
                **asked,
            ),
            auto_approve=one.verdict == "AUTO",
            one_step=one.verdict == "ONE_STEP",
        ).request

    def decide(self, request: Request, one: Asking) -> DecisionResult:
        """Let the checker say what they say."""
        at = min(moment(one.at, now=self.now) + timedelta(hours=one.hours), self.now)
        points: Mapping[int, Decimal] = {} if one.points is None else {request.pk: one.points}
        approve = one.verdict == "APPROVED"
        [decided] = decide_requests(
            origin=self.shop.origin(one.checker, at),
            request_ids=[request.pk],
            verdict=Verdict(
                approve=approve,
                reason="" if approve else one.said,
                comments=one.said if approve else "",
                points=points,
            ),
        )
        return decided

    def leave_bill(self, bill: tuple[str, int], till: str, at: datetime) -> int:
        """Write a bill of somebody who was not interested in points."""
        number, amount = bill
        entered = enter_transaction(
            origin=self.shop.origin(till, at),
            sale=Sale(
                number=number,
                type="NOT_INTERESTED",
                till_id=self.shop.entity_ids.get(till),
                billed_at=at,
                amount=amount,
            ),
        )
        assert entered.transaction_id is not None  # noqa: S101 - there was no refusal
        return entered.transaction_id


@within_unit_of_work
def ask(shop: Shop, *, now: datetime) -> None:
    """Let bills be claimed, and write the requests for people of the documents."""
    change_settings(org_id=shop.org.pk, values=SETTINGS)
    counter = Counter(shop, now)
    for one in ASKED:
        request = counter.file(one)
        if one.verdict in ("APPROVED", "REJECTED"):
            refusal = counter.decide(request, one).refusal
            if refusal is not None:
                raise refusal
