"""How many requests there are, counted no further than anybody reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Min

from crm.approvals.models import Request
from crm.approvals.queries.makers import filed_by
from crm.tenancy.models import OrgEntity

OPEN = (Request.Status.PENDING, Request.Status.FAILED)
# Beyond this a badge says "more than".
COUNTED = 1_000
# One index answers each, and the limit holds for each.
BRANCH = (
    "SELECT * FROM (SELECT 1 FROM approvals_request "
    "WHERE org_id = %s AND kind = %s AND status = %s LIMIT %s) one"
)


def count_waiting_for(*, org_id: int, entity_id: int | None) -> int:
    """Open requests that this member of staff did not file; no more than one beyond COUNTED.

    Nothing waits for somebody who acts as no entity: they could not sign.
    """
    if entity_id is None:
        return 0
    # Within the one query, because every page of the dashboard asks it.
    tills = OrgEntity.objects.filter(org_id=org_id, owner_id=entity_id).values("pk")
    rows = Request.objects.filter(org_id=org_id, status__in=OPEN)
    rows = rows.exclude(filed_by({entity_id})).exclude(filed_by(tills))
    return rows.order_by()[: COUNTED + 1].count()


def oldest_open(*, org_id: int) -> datetime | None:
    """When the request that waits longest was filed; None when none waits."""
    rows = Request.objects.filter(org_id=org_id, status__in=OPEN)
    return rows.aggregate(oldest=Min("filed_at"))["oldest"]


def count_requests(
    *, org_id: int, kinds: Sequence[str], statuses: Sequence[str]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """By kind those of ``statuses``, and by status those of ``kinds``; one query.

    No number goes further than one beyond COUNTED, so that none costs more in a large queue.
    Empty ``kinds`` or ``statuses`` are all of them.
    """
    wanted = [
        *(([kind], list(statuses) or Request.Status.values) for kind in Request.Kind.values),
        *((list(kinds) or Request.Kind.values, [status]) for status in Request.Status.values),
    ]
    most = COUNTED + 1
    parts, values = [], []
    for of_kinds, of_statuses in wanted:
        branches = [(kind, status) for kind in of_kinds for status in of_statuses]
        union = " UNION ALL ".join([BRANCH] * len(branches))
        parts.append(f"(SELECT COUNT(*) FROM (SELECT * FROM ({union}) b LIMIT %s) c)")  # noqa: S608
        values += [value for branch in branches for value in (org_id, *branch, most)] + [most]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        counts = list(cursor.fetchone())
    by_kind = dict(zip(Request.Kind.values, counts, strict=False))
    by_status = dict(zip(Request.Status.values, counts[len(by_kind) :], strict=True))
    return by_kind, by_status
