"""Previews: what approving would change, from the same functions that change it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from crm.approvals.domain.kinds.registry import kind_of
from crm.approvals.models import Request
from crm.approvals.rules.plans import Plan
from crm.tenancy.models import Organization


def plan_requests(
    *, org: Organization, requests: Sequence[Request], now: datetime
) -> dict[int, Plan]:
    """Return the plan of each request, by its key; the queries grow with the kinds alone."""
    by_kind: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        by_kind[request.kind].append(request)
    plans: dict[int, Plan] = {}
    for code, group in by_kind.items():
        planned = kind_of(code).plan(org=org, requests=group, now=now)
        for request, plan in zip(group, planned, strict=True):
            plans[request.pk] = plan
    return plans
