"""Sentences about requests and refusals, for staff."""

from datetime import datetime, timedelta

from django.utils.translation import gettext, gettext_noop, ngettext

from crm.adminkit.event_descriptions import format_value
from crm.adminkit.localized import format_count
from crm.adminkit.point_formats import format_amount
from crm.approvals.models import Request

COLOURS = {
    Request.Status.PENDING: "warn",
    Request.Status.FAILED: "bad",
    Request.Status.APPROVED: "good",
    Request.Status.REJECTED: "unset",
}
NO_VALUE = gettext_noop("(none)")  # the same text as in previews


def describe_change(request: Request) -> tuple[str, str]:
    """Return the requested change as texts before and after. Before may be blank."""
    kind, other = Request.Kind, request.other_customer_id
    if request.kind == kind.POINTS and request.points is not None:
        return "", gettext("{points} points").format(points=format_amount(request.points))
    if request.kind == kind.MERGE:
        return "", gettext("into customer {other}").format(other=other)
    if request.kind == kind.MERGE_UNDO:
        return "", gettext("from customer {other}").format(other=other)
    if request.kind == kind.MOBILE_REALLOC:
        return (
            gettext("customer {other}").format(other=other) if other else "",
            request.new_value or request.old_value,
        )
    if request.new_value:
        return request.old_value or gettext(NO_VALUE), request.new_value
    return "", format_value(request.payload) if request.payload else ""


def format_age(since: datetime, now: datetime) -> str:
    """Format the time since ``since``, in the largest unit that fits."""
    age = max(now - since, timedelta())
    if days := age // timedelta(days=1):
        return ngettext("{count} day", "{count} days", days).format(count=format_count(days))
    if hours := age // timedelta(hours=1):
        return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
    if minutes := age // timedelta(minutes=1):
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    return gettext("just now")
