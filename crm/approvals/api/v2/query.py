"""What the three lists of a customer's requests may be asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from rest_framework import serializers

from crm.approvals.models import Request
from crm.approvals.queries.listing import Wanted
from crm.dialects.refusals import RequestInvalid
from crm.dialects.v2.paging import Paging
from crm.dialects.v2.reading import Commas, Id
from customers.api.v2.source_accounts import ReadSourceQuery
from customers.rules.times import parse_moment

TIER = "TIER"
# MERGE tells of undone merges as well: the reference knows no word for them.
KINDS: Mapping[str, tuple[str, ...]] = {
    **{kind: (kind,) for kind in Request.Kind.values},
    "MERGE": ("MERGE", "MERGE_UNDO"),
}
GOODWILL = (Request.Kind.POINTS, Request.Kind.COUPON)
CHANGES = tuple(kind for kind in Request.Kind.values if kind not in (*GOODWILL, Request.Kind.RETRO))
ORDERS = {"createdon": "filed_at", "lastupdatedon": "changed_at"}


class RequestsQuery(Paging, ReadSourceQuery):
    changeType = Commas(
        required=False,
        max_length=200,
        help_text="MOBILE, EMAIL, EXTERNAL_ID, ADDRESS, MERGE, MOBILE_REALLOC, POINTS, COUPON, "
        "RETRO, or TIER for the changes of tiers; of several, any of them.",
    )
    startDate = serializers.CharField(
        required=False, max_length=40, help_text="Filed on this day, or at this moment, or later."
    )
    endDate = serializers.CharField(
        required=False, max_length=40, help_text="Filed until then; a day counts whole."
    )
    startId = Id(required=False, help_text="Only requests of this id or a higher one.")
    endId = Id(required=False, help_text="Only requests of this id or a lower one.")
    requestId = Id(required=False, help_text="Only this request.")
    sortBy = serializers.CharField(
        required=False, max_length=20, help_text="createdon, as when left out, or lastUpdatedOn."
    )
    sortOrder = serializers.CharField(
        required=False, max_length=4, help_text="ASC or DESC, as when left out."
    )
    is_one_step_change = serializers.BooleanField(
        required=False, help_text="Only requests that were filed and done in one step, or not."
    )
    autoApprove = serializers.BooleanField(
        required=False,
        help_text="Only requests that were approved by themselves; false: all others.",
    )
    programId = Id(required=False, help_text="Only what concerns this program.")


def kinds_asked(query: Mapping[str, Any], otherwise: tuple[str, ...]) -> tuple[str, ...] | None:
    """The kinds of requests that the query means; None where it asks for changes of tiers.

    Raises:
        RequestInvalid: a type is unknown, or TIER stands beside another.
    """
    asked = [word.upper() for word in query.get("changeType", ())]
    if not asked:
        return otherwise
    if asked == [TIER]:
        return None
    for word in asked:
        if word not in KINDS:
            known = ", ".join([*KINDS, TIER])
            raise RequestInvalid(detail=f"changeType is one of {known}; TIER stands alone.")
    return tuple(kind for word in asked for kind in KINDS[word])


def order_of(query: Mapping[str, Any]) -> tuple[str, bool]:
    """By what the list is sorted, and whether ascending.

    Raises:
        RequestInvalid: it cannot be sorted so.
    """
    by = ORDERS.get(query.get("sortBy", "createdon").lower())
    order = query.get("sortOrder", "DESC").upper()
    if by is None or order not in ("ASC", "DESC"):
        raise RequestInvalid(detail="sortBy is createdon or lastUpdatedOn, sortOrder ASC or DESC.")
    return by, order == "ASC"


def span_of(query: Mapping[str, Any], zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """From when, and before when; a day is one of the organization's.

    Raises:
        RequestInvalid: a date cannot be read.
    """
    since, until = (_moment(query, name, zone) for name in ("startDate", "endDate"))
    return since, until


def wanted(
    query: Mapping[str, Any], *, customer_id: int, kinds: tuple[str, ...], zone: tzinfo
) -> Wanted:
    """The requests that the query means."""
    since, until = span_of(query, zone)
    return Wanted(
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


def _moment(query: Mapping[str, Any], name: str, zone: tzinfo) -> datetime | None:
    said = query.get(name)
    if not said:
        return None
    moment = parse_moment(said, zone)
    if moment is None:
        raise RequestInvalid(detail=f"{name} is a day (YYYY-MM-DD) or a moment.")
    if name != "endDate":
        return moment
    # Both ends count: a day whole, a moment with its second.
    is_day = ":" not in said and not said.strip().isdecimal()
    try:
        if not is_day:
            return moment + timedelta(seconds=1)
        there = moment.astimezone(zone)
        return (there.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None
