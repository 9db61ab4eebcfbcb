"""Scheduled tasks of the worker: mature points, expire points and review tiers.

Each task handles up to 500 enrollments of one organization and returns their number; 0 when none
is left. Posting does the same before the next movement of an enrollment, so the results do not
depend on when, or how often, the tasks run.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q, QuerySet

from crm.audit.models import Event
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from loyalty.models import Enrollment, PointsLot
from loyalty.operations.enrollments.lock import lock_enrollments_by_id
from loyalty.operations.points.write import write_enrollments

ENROLLMENTS_AT_ONCE = 500


@within_unit_of_work
def expire_points(*, now: datetime, at_most: int = ENROLLMENTS_AT_ONCE) -> int:
    """Expire the points that are due."""
    due = PointsLot.objects.filter(remaining__gt=0, expires_at__lt=now)
    return _settle_enrollments(
        _list_enrollment_ids(due.order_by("expires_at", "enrollment_id"), at_most), now
    )


@within_unit_of_work
def mature_points(*, now: datetime, at_most: int = ENROLLMENTS_AT_ONCE) -> int:
    """Mature the delayed points that are due."""
    # Points that expire before they are available are left to expire_points.
    ends_later = Q(expires_at__isnull=True) | Q(expires_at__gte=F("available_at"))
    due = PointsLot.objects.filter(
        ends_later, remaining__gt=0, is_delayed=True, available_at__lte=now
    )
    return _settle_enrollments(
        _list_enrollment_ids(due.order_by("available_at", "enrollment_id"), at_most), now
    )


@within_unit_of_work
def review_tiers(*, now: datetime, at_most: int = ENROLLMENTS_AT_ONCE) -> int:
    """Renew or lower the tiers that have expired."""
    due = Enrollment.objects.filter(tier_expires_at__lt=now).order_by("tier_expires_at", "id")
    return _settle_enrollments(list(due.values_list("org_id", "id")[:at_most]), now)


def _list_enrollment_ids(lots: QuerySet[PointsLot], at_most: int) -> list[tuple[int, int]]:
    return list(lots.values_list("enrollment__org_id", "enrollment_id")[:at_most])


def _settle_enrollments(rows: Sequence[tuple[int, int]], now: datetime) -> int:
    if not rows:
        return 0
    # Handle the organization with the oldest due row first.
    org = Organization.objects.get(pk=rows[0][0])
    enrollments = lock_enrollments_by_id(
        org_id=org.pk,
        enrollment_ids={pk for org_id, pk in rows if org_id == org.pk},
        now=now,
    )
    for enrollment in enrollments.values():
        enrollment.settle(now, org.zone)
    origin = Origin(org=org, actor_id=None, door=Event.Door.WORKER, at=now)
    write_enrollments(origin=origin, enrollments=enrollments.values())
    return len(enrollments)
