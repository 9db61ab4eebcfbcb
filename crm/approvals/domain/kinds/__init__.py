"""The kinds of requests: each says what it would do (plan), and does it (apply)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from crm.approvals.domain.asking import Ask, Draft
from crm.approvals.models import Request
from crm.approvals.rules.plans import Plan
from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.models import Customer


class RequestKind(Protocol):
    """What a kind of request has to know how to do."""

    def draft(self, *, origin: Origin, ask: Ask, customer: Customer) -> Draft:
        """Read and validate what is asked of this locked customer; raises named refusals."""

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Say for each request what approving it ``now`` would change; pure reads, set-based.

        What is shown must not change by the mere passing of seconds, or no preview holds until
        its decision.
        """

    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Do what the requests ask: for each None, or the rule it would break, undone.

        The requests and their customers are locked, and open. ``points`` are, by request, those
        that the checker approved instead of those asked for. Runs within the decision's unit.
        """


Kinds = Mapping[str, RequestKind]
