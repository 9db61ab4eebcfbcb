"""Previews: plan what approving requests would change."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from crm.approvals.domain.kinds.registry import get_kind
from crm.approvals.models import Request
from crm.approvals.rules.plans import Plan
from crm.tenancy.models import Organization


def plan_requests(
    *, org: Organization, requests: Sequence[Request], now: datetime
) -> dict[int, Plan]:
    """Return the plan of each request, by request id. The queries grow with the kinds only."""
    by_kind: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        by_kind[request.kind].append(request)
    plans: dict[int, Plan] = {}
    for code, group in by_kind.items():
        group_plans = get_kind(code).plan(org=org, requests=group, now=now)
        for request, plan in zip(group, group_plans, strict=True):
            plans[request.pk] = plan
    return plans
