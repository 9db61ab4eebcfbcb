"""The kinds of requests. Each can draft, plan and apply a request."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from crm.approvals.domain.drafts import NewRequest, RequestDraft
from crm.approvals.models import Request
from crm.approvals.rules.plans import Plan
from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.models import Customer


class RequestKind(Protocol):
    """The interface of a kind of request."""

    def draft(self, *, origin: Origin, new_request: NewRequest, customer: Customer) -> RequestDraft:
        """Validate the input for this locked customer. Raises named refusals."""

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Return for each request what approving it ``now`` would change. Only reads, in bulk.

        The plan must not depend on the seconds that pass, or its digest would never match at the
        decision.
        """

    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Apply the requests. Return for each None, or a refusal if nothing was changed for it.

        The requests must be open, and locked with their customers. ``points`` holds the points
        that the checker approved instead of the requested ones, by request id. Runs in the
        decision's transaction.
        """


Kinds = Mapping[str, RequestKind]
