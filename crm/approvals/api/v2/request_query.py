"""Query parameters of the three request lists."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from rest_framework import serializers

from crm.approvals.models import Request
from crm.approvals.queries.request_lists import RequestFilter
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v2.pagination import Paging
from crm.dialects.v2.serializer_fields import CommaSeparatedList, IdField
from customers.api.v2.lookup import IdentifierQuery
from customers.api.v2.source_accounts import ReadSourceQuery
from customers.rules.times import read_span

TIER = "TIER"
# MERGE includes unmerges, for which the reference has no type.
KINDS: Mapping[str, tuple[str, ...]] = {
    **{kind: (kind,) for kind in Request.Kind.values},
    "MERGE": ("MERGE", "MERGE_UNDO"),
}
GOODWILL = (Request.Kind.POINTS, Request.Kind.COUPON)
CHANGES = tuple(kind for kind in Request.Kind.values if kind not in (*GOODWILL, Request.Kind.RETRO))
ORDERS = {"createdon": "filed_at", "lastupdatedon": "changed_at"}


class RequestsQuery(Paging, ReadSourceQuery):
    changeType = CommaSeparatedList(
        required=False,
        max_length=200,
        help_text="MOBILE, EMAIL, EXTERNAL_ID, ADDRESS, MERGE, MOBILE_REALLOC, POINTS, COUPON, "
        "RETRO, or TIER for tier changes; several separated by commas.",
    )
    startDate = serializers.CharField(
        required=False,
        max_length=40,
        help_text="Only requests filed at this date or time, or later.",
    )
    endDate = serializers.CharField(
        required=False,
        max_length=40,
        help_text="Only requests filed at this time or earlier; a date includes the whole day.",
    )
    startId = IdField(required=False, help_text="The lowest request id.")
    endId = IdField(required=False, help_text="The highest request id.")
    requestId = IdField(required=False, help_text="Only this request.")
    sortBy = serializers.CharField(
        required=False, max_length=20, help_text="createdon (default) or lastUpdatedOn."
    )
    sortOrder = serializers.CharField(
        required=False, max_length=4, help_text="ASC or DESC (default)."
    )
    is_one_step_change = serializers.BooleanField(
        required=False,
        help_text="Only requests that were filed and approved in one step; false: all others.",
    )
    autoApprove = serializers.BooleanField(
        required=False,
        help_text="Only auto-approved requests; false: all others.",
    )
    programId = IdField(required=False, help_text="Only requests for this program.")


class LookedUpRequestsQuery(IdentifierQuery, RequestsQuery):
    pass


def read_kinds(query: Mapping[str, Any], default: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the kinds to list, or None for tier changes.

    Raises:
        RequestInvalid: a type is unknown, or TIER is combined with another one.
    """
    change_types = [change_type.upper() for change_type in query.get("changeType", ())]
    if not change_types:
        return default
    if change_types == [TIER]:
        return None
    for change_type in change_types:
        if change_type not in KINDS:
            known = ", ".join([*KINDS, TIER])
            raise RequestInvalid(detail=f"changeType is one of {known}; TIER stands alone.")
    return tuple(kind for change_type in change_types for kind in KINDS[change_type])


def read_order(query: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the order field, and whether it is ascending.

    Raises:
        RequestInvalid: the order is unknown.
    """
    order_field = ORDERS.get(query.get("sortBy", "createdon").lower())
    direction = query.get("sortOrder", "DESC").upper()
    if order_field is None or direction not in ("ASC", "DESC"):
        raise RequestInvalid(detail="sortBy is createdon or lastUpdatedOn, sortOrder ASC or DESC.")
    return order_field, direction == "ASC"


def read_period(query: Mapping[str, Any], zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Return the start and the exclusive end; days are in the organization's time zone.

    Raises:
        RequestInvalid: a date is invalid.
    """
    since, until = (_read_moment(query, name, zone) for name in ("startDate", "endDate"))
    return since, until


def build_request_filter(
    query: Mapping[str, Any], *, customer_id: int, kinds: tuple[str, ...], zone: tzinfo
) -> RequestFilter:
    """Build the request filter from the query."""
    since, until = read_period(query, zone)
    return RequestFilter(
        customer_id=customer_id,
        kinds=kinds,
        ids=[query["requestId"]] if "requestId" in query else (),
        first_id=query.get("startId"),
        last_id=query.get("endId"),
        since=since,
        until=until,
        one_step=query.get("is_one_step_change"),
        auto_approved=query.get("autoApprove"),
        program_id=query.get("programId"),
    )


def _read_moment(query: Mapping[str, Any], name: str, zone: tzinfo) -> datetime | None:
    raw = query.get(name)
    if not raw:
        return None
    span = read_span(raw, zone)
    if span is None:
        raise RequestInvalid(detail=f"{name} is a day (YYYY-MM-DD) or a moment.")
    return span.end if name == "endDate" else span.start
