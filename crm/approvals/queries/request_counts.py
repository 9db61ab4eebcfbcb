"""Count requests, up to a limit."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Min

from crm.approvals.models import Request
from crm.approvals.queries.makers import filed_by
from crm.tenancy.models import OrgEntity

# Badges show larger counts as this number and a plus sign.
COUNT_LIMIT = 1_000
# Each branch uses one index and has its own limit.
COUNT_BRANCH = (
    "SELECT * FROM (SELECT 1 FROM approvals_request "
    "WHERE org_id = %s AND kind = %s AND status = %s LIMIT %s) one"
)


def count_decidable(*, org_id: int, entity_id: int | None) -> int:
    """Count the open requests that this member of staff may decide, up to COUNT_LIMIT + 1.

    Staff without an entity cannot decide anything: 0.
    """
    if entity_id is None:
        return 0
    # A subquery, because every page of the dashboard runs this.
    tills = OrgEntity.objects.filter(org_id=org_id, owner_id=entity_id).values("pk")
    rows = Request.objects.open().filter(org_id=org_id)
    rows = rows.exclude(filed_by({entity_id})).exclude(filed_by(tills))
    return rows.order_by()[: COUNT_LIMIT + 1].count()


def get_oldest_filing_time(*, org_id: int) -> datetime | None:
    """Return the filing time of the oldest open request, or None."""
    rows = Request.objects.open().filter(org_id=org_id)
    return rows.aggregate(oldest=Min("filed_at"))["oldest"]


def count_requests(
    *, org_id: int, kinds: Sequence[str], statuses: Sequence[str]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Count requests by kind (of ``statuses``) and by status (of ``kinds``), in one query.

    Each count stops at COUNT_LIMIT + 1, so that a large queue costs no more. Empty ``kinds`` or
    ``statuses`` mean all.
    """
    count_filters = [
        *(([kind], list(statuses) or Request.Status.values) for kind in Request.Kind.values),
        *((list(kinds) or Request.Kind.values, [status]) for status in Request.Status.values),
    ]
    limit = COUNT_LIMIT + 1
    parts, values = [], []
    for of_kinds, of_statuses in count_filters:
        branches = [(kind, status) for kind in of_kinds for status in of_statuses]
        union = " UNION ALL ".join([COUNT_BRANCH] * len(branches))
        parts.append(f"(SELECT COUNT(*) FROM (SELECT * FROM ({union}) b LIMIT %s) c)")  # noqa: S608
        values += [value for branch in branches for value in (org_id, *branch, limit)] + [limit]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        counts = list(cursor.fetchone())
    by_kind = dict(zip(Request.Kind.values, counts, strict=False))
    by_status = dict(zip(Request.Status.values, counts[len(by_kind) :], strict=True))
    return by_kind, by_status
