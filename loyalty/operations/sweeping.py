"""What time does to members: points mature and expire, tiers end. Chores of the worker.

Each handles some hundred members of one organization and says how many; 0 when none is left.
Whatever it does, posting would do as well before the next movement of that member, so nothing
depends on when, or how often, these run.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q, QuerySet

from crm.audit.models import Event
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from loyalty.models import Enrollment, PointsLot
from loyalty.operations.members import lock_members_by_id
from loyalty.operations.writing_postings import write_members

MEMBERS_AT_ONCE = 500


@within_unit_of_work
def expire_points(*, now: datetime, at_most: int = MEMBERS_AT_ONCE) -> int:
    """Take away points whose last day is over."""
    due = PointsLot.objects.filter(remaining__gt=0, expires_at__lt=now)
    return _settle(_of_members(due.order_by("expires_at", "enrollment_id"), at_most), now)


@within_unit_of_work
def mature_points(*, now: datetime, at_most: int = MEMBERS_AT_ONCE) -> int:
    """Make delayed points spendable whose time has come."""
    # What ends before it begins is left to expire_points.
    ends_later = Q(expires_at__isnull=True) | Q(expires_at__gte=F("available_at"))
    due = PointsLot.objects.filter(
        ends_later, remaining__gt=0, is_delayed=True, available_at__lte=now
    )
    return _settle(_of_members(due.order_by("available_at", "enrollment_id"), at_most), now)


@within_unit_of_work
def review_tiers(*, now: datetime, at_most: int = MEMBERS_AT_ONCE) -> int:
    """Renew or lower the tiers whose time is over."""
    due = Enrollment.objects.filter(tier_expires_at__lt=now).order_by("tier_expires_at", "id")
    return _settle(list(due.values_list("org_id", "id")[:at_most]), now)


def _of_members(lots: QuerySet[PointsLot], at_most: int) -> list[tuple[int, int]]:
    return list(lots.values_list("enrollment__org_id", "enrollment_id")[:at_most])


def _settle(rows: Sequence[tuple[int, int]], now: datetime) -> int:
    if not rows:
        return 0
    # What is due the longest says whose turn it is.
    org = Organization.objects.get(pk=rows[0][0])
    members = lock_members_by_id(
        org_id=org.pk, enrollment_ids={pk for org_id, pk in rows if org_id == org.pk}
    )
    for member in members.values():
        member.settle(now, org.zone)
    origin = Origin(org=org, actor_id=None, door=Event.Door.WORKER, at=now)
    write_members(origin=origin, members=members.values())
    return len(members)
